using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace Egress.Cmdlets.Support;

/// <summary>
/// What an object of the pipeline brings to an embedding command: a text, or the names of files. PowerShell itself would make a text of
/// whatever comes; here an object that has none is an error.
/// </summary>
internal sealed class PipedInput
{
    private const string TextName = "Text";
    private const string IdName = "Id";
    private const string SequencePathName = "SequencePath";
    private const int MostNames = 10;

    private static readonly string[] s_literalNames = ["LiteralPath", "PSPath", "LP"];

    private PipedInput()
    {
    }

    /// <summary>The id that it brings, or null.</summary>
    public string? Id { get; private init; }

    /// <summary>Its text, or null.</summary>
    public string? Text { get; private init; }

    /// <summary>Files with sequences, wildcards among them; empty where it names none.</summary>
    public IReadOnlyList<string> SequencePaths { get; private init; } = [];

    /// <summary>Files with sequences or pictures, the names taken as they are; empty where it names none.</summary>
    public IReadOnlyList<string> LiteralPaths { get; private init; } = [];

    /// <summary>Why it brings nothing of these, or null.</summary>
    public ItemException? Error { get; private init; }

    /// <summary>Looks at an object.</summary>
    /// <param name="input">The object, or null as the pipeline may bring it.</param>
    public static PipedInput Read(PSObject? input)
    {
        switch (input?.BaseObject)
        {
            case null:
                return Refused("The pipeline brought a null, and no sequence.", null);
            case string text:
                return new PipedInput { Text = text };
            case IDictionary entries:
                return Find(entries, TextName, out var value)
                    ? OfText(value, Find(entries, IdName, out var id) ? id : null, entries)
                    : Refuse(entries, entries.Keys.Cast<object>().Select(key => $"{key}"));
            case PathInfo path:
                return new PipedInput { LiteralPaths = [path.Path] };
            default:
                return OfProperties(input);
        }
    }

    private static PipedInput OfProperties(PSObject input)
    {
        if (Find(input, TextName, out var text))
        {
            return OfText(text, Find(input, IdName, out var id) ? id : null, input);
        }

        if (Find(input, SequencePathName, out var paths))
        {
            return new PipedInput { SequencePaths = Names(paths) };
        }

        foreach (var name in s_literalNames)
        {
            if (Find(input, name, out paths))
            {
                return new PipedInput { LiteralPaths = Names(paths), Id = Find(input, IdName, out var id) ? Plain(id) : null };
            }
        }

        return input.BaseObject is FileSystemInfo file
            ? new PipedInput { LiteralPaths = [file.FullName] }
            : Refuse(input, input.Properties.Select(property => property.Name));
    }

    private static PipedInput OfText(object? text, object? id, object target)
    {
        var (plainText, plainId) = (Plain(text), Plain(id));
        return plainText is null || (plainId is null && Bare(id) is not (null or DBNull))
            ? Refused(
                $"An object of the pipeline has no text: its {(plainText is null ? TextName : IdName)} is {Describe(plainText is null ? text : id)}.", target)
            : new PipedInput { Text = plainText, Id = plainId };
    }

    /// <summary>A text as it is, and a number, a date or a GUID in the way in which they are written everywhere; null for anything else.</summary>
    private static string? Plain(object? value) => Bare(value) switch
    {
        string text => text,
        IFormattable plain and ValueType => plain.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static string Describe(object? value) => Bare(value) is { } bare and not DBNull ? $"of the type {bare.GetType()}" : "null";

    private static string[] Names(object? value) => LanguagePrimitives.ConvertTo<string[]>(value) ?? [];

    private static bool Find(IDictionary entries, string name, out object? value)
    {
        var key = entries.Keys.Cast<object>().FirstOrDefault(key => name.Equals(key as string, StringComparison.OrdinalIgnoreCase));
        value = key is null ? null : entries[key];
        return key is not null;
    }

    private static bool Find(PSObject input, string name, out object? value)
    {
        var property = input.Properties[name];
        value = property?.Value;
        return property is not null;
    }

    private static PipedInput Refuse(object target, IEnumerable<string> names)
    {
        var all = names.ToList();
        var shown = all.Count > MostNames ? $"{string.Join(", ", all.Take(MostNames))} and {all.Count - MostNames} more" : string.Join(", ", all);
        return Refused(
            $"An object of the pipeline is no sequence: it is {Describe(target)} and has no property {TextName}, but {(all.Count == 0 ? "none at all" : shown)}.", target);
    }

    private static PipedInput Refused(string message, object? target) => new()
    {
        Error = new ItemException(
            EgressErrorId.SequenceInvalid, EgressErrorCategory.InvalidData, message,
            "Bring texts, files, or objects with the properties Text and Id: Select-Object @{ Name = 'Text'; Expression = 'Body' }, Id", target),
    };
}
