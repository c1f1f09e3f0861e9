using System.Globalization;
using System.Text;

namespace Egress.Output.Journal;

/// <summary>
/// What decides the content of a run's outputs, as names and values in a fixed order. The names are those of the parameters that set
/// them. How a run is spread over threads, buffers and devices is not among them.
/// </summary>
public sealed class RunSettings
{
    private readonly List<KeyValuePair<string, string>> _values;

    /// <param name="values">Names and values; the names are different.</param>
    public RunSettings(IEnumerable<KeyValuePair<string, string>> values)
    {
        _values = [.. values.OrderBy(setting => setting.Key, StringComparer.Ordinal)];
        var text = new StringBuilder();
        foreach (var (name, value) in _values)
        {
            text.Append(name).Append('\0').Append(value).Append('\0');
        }

        var hash = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        Id = Convert.ToHexStringLower(hash.AsSpan(0, 8));
    }

    /// <summary>Names and values, sorted by name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Values => _values;

    /// <summary>16 hexadecimal digits that differ where the settings differ.</summary>
    public string Id { get; }

    /// <summary>
    /// The settings that differ from others, one text each: "-ClassCount was 21 and is 19". A setting that only one side has counts.
    /// </summary>
    /// <param name="before">The settings of a run before this one.</param>
    public IReadOnlyList<string> DifferencesFrom(RunSettings before)
    {
        ArgumentNullException.ThrowIfNull(before);
        var old = before._values.ToDictionary(StringComparer.Ordinal);
        var now = _values.ToDictionary(StringComparer.Ordinal);
        return
        [
            .. old.Keys.Union(now.Keys).Order(StringComparer.Ordinal)
                .Where(name => old.GetValueOrDefault(name) != now.GetValueOrDefault(name))
                .Select(name => string.Create(
                    CultureInfo.InvariantCulture, $"-{name} was {Show(old.GetValueOrDefault(name))} and is {Show(now.GetValueOrDefault(name))}")),
        ];
    }

    private static string Show(string? value) => value switch
    {
        null => "not set",
        "" => "empty",
        _ => value,
    };
}
