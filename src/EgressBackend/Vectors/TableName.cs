using System.Text;

namespace Egress.Backend.Vectors;

/// <summary>The name of a table as users write it: <c>name</c> or <c>schema.name</c>, either in double quotes where it holds a point.</summary>
/// <param name="Schema">The schema; null for the database's own choice.</param>
/// <param name="Name">The table.</param>
internal sealed record TableName(string? Schema, string Name)
{
    /// <summary>What the names of views with single-precision elements end in.</summary>
    public const string ViewSuffix = "_float";

    /// <summary>The most bytes of a part: PostgreSQL cuts longer names silently, and the view's has to differ from the table's.</summary>
    private const int MaximumBytes = 63 - 6;

    /// <summary>The table as SQL names it.</summary>
    public string Sql => Schema is null ? Quote(Name) : $"{Quote(Schema)}.{Quote(Name)}";

    /// <summary>Another table beside this one.</summary>
    public TableName Beside(string name) => new(Schema, name);

    /// <summary>The view of this table's vectors in single precision.</summary>
    public TableName View => Beside(Name + ViewSuffix);

    /// <inheritdoc/>
    public override string ToString() => Schema is null ? Name : $"{Schema}.{Name}";

    /// <summary>A name that SQL takes as it is, whatever it holds.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Reads a name.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OptionInvalid"/>.</exception>
    public static TableName Parse(string text)
    {
        var parts = Parts(text);
        var problem = parts switch
        {
            null => "a double quote is not closed",
            { Count: > 2 } => "it has more parts than a schema and a name",
            _ when parts.Any(part => part.Length == 0) => "a part of it is empty",
            _ when parts.Any(part => Encoding.UTF8.GetByteCount(part) > MaximumBytes) => $"a part of it has more than {MaximumBytes} bytes",
            _ when parts.Any(part => part.Any(char.IsControl)) => "it has control characters",
            _ when string.Equals(parts[^1], StoreRecord.TableName, StringComparison.OrdinalIgnoreCase) => "that table is for the stores' settings",
            _ => null,
        };
        return problem is null
            ? new TableName(parts!.Count == 2 ? parts[0] : null, parts[^1])
            : throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument, $"'{text}' is no name of a table: {problem}.",
                "Use -Table name or -Table schema.name; a part with a point goes in double quotes.", text);
    }

    /// <summary>The parts between points outside of quotes; null where a quote is not closed.</summary>
    private static List<string>? Parts(string text)
    {
        var (parts, part, isQuoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && isQuoted && i + 1 < text.Length && text[i + 1] == '"')
            {
                part.Append(text[i++]);
            }
            else if (text[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (text[i] == '.' && !isQuoted)
            {
                parts.Add(part.ToString());
                part.Clear();
            }
            else
            {
                part.Append(text[i]);
            }
        }

        parts.Add(part.ToString());
        return isQuoted ? null : parts;
    }
}
