using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Egress.Models.Programs;

/// <summary>Finds in the C++ source of an AOTInductor package what its inputs have to be and what its outputs are called.</summary>
internal static partial class PackageSource
{
    /// <summary>The inputs that the source checks, in order; empty where it has no such checks.</summary>
    public static IReadOnlyList<ProgramInput> Inputs(string source)
    {
        var inputs = new List<ProgramInput>();
        var checks = Check().Matches(source).Where(match => match.Groups["kind"].Value == "input_handles")
            .GroupBy(match => Number(match.Groups["input"])).ToDictionary(group => group.Key);
        for (var index = 0; checks.TryGetValue(index, out var of); index++)
        {
            string? type = null;
            var smallest = new SortedDictionary<long, long>();
            var largest = new SortedDictionary<long, long>();
            var strides = new SortedDictionary<long, long>();
            foreach (var check in of)
            {
                var at = check.Groups["at"].Success ? Number(check.Groups["at"]) : 0;
                switch (check.Groups["what"].Value)
                {
                    case "unmatched dtype":
                        type = TypeName().Match(source, check.Index + check.Length).Groups[1].Value;
                        break;
                    case "unmatched dim value":
                        smallest[at] = largest[at] = Expected(source, check);
                        break;
                    case "dim value is too small":
                        smallest[at] = Expected(source, check);
                        break;
                    case "dim value is too large":
                        largest[at] = Expected(source, check);
                        break;
                    case "unmatched stride value":
                        strides[at] = Expected(source, check);
                        break;
                }
            }

            if (type is null)
            {
                return [];
            }

            var dimensions = (int)Math.Min(8, smallest.Keys.Concat(largest.Keys).Concat(strides.Keys).DefaultIfEmpty(-1).Max() + 1);
            inputs.Add(new ProgramInput(
                type,
                [.. Enumerable.Range(0, dimensions).Select(at => new ProgramDimension(
                    smallest.GetValueOrDefault(at), largest.TryGetValue(at, out var most) ? most : long.MaxValue))],
                [.. Enumerable.Range(0, dimensions).Select(at => strides.TryGetValue(at, out var stride) ? stride : (long?)null)]));
        }

        return inputs;
    }

    /// <summary>The names of the outputs, as they are flattened; empty where the source does not tell.</summary>
    public static IReadOnlyList<string> OutputNames(string source)
    {
        var match = OutputSpec().Match(source);
        if (!match.Success)
        {
            return [];
        }

        try
        {
            var json = match.Groups["raw"].Success ? match.Groups["raw"].Value : Regex.Unescape(match.Groups["quoted"].Value);
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            var names = new List<string>();
            if (document.RootElement.ValueKind == JsonValueKind.Array && document.RootElement.GetArrayLength() == 2)
            {
                Flatten(document.RootElement[1], "", names);
            }

            return names;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            // The names are a convenience: places serve as well.
            return [];
        }
    }

    // A node of PyTorch's tree of containers: a leaf, a dictionary whose keys are its context, or a tuple or list.
    private static void Flatten(JsonElement node, string prefix, List<string> names)
    {
        var type = node.GetProperty("type");
        if (type.ValueKind == JsonValueKind.Null)
        {
            names.Add(prefix.Length == 0 ? "0" : prefix);
            return;
        }

        var children = node.GetProperty("children_spec");
        List<string>? keys = null;
        if (type.GetString() is "builtins.dict" or "collections.OrderedDict")
        {
            using var context = JsonDocument.Parse(node.GetProperty("context").GetString()!);
            keys = [.. context.RootElement.EnumerateArray().Select(key => key.ToString())];
        }

        var place = 0;
        foreach (var child in children.EnumerateArray())
        {
            var name = keys is null ? place.ToString(CultureInfo.InvariantCulture) : keys[place];
            Flatten(child, prefix.Length == 0 ? name : $"{prefix}.{name}", names);
            place++;
        }
    }

    private static long Expected(string source, Match check)
    {
        var match = ExpectedNumber().Match(source, check.Index + check.Length, Math.Min(200, source.Length - check.Index - check.Length));
        return match.Success ? Number(match.Groups[1]) : 0;
    }

    private static long Number(Group group) => long.TryParse(group.ValueSpan, CultureInfo.InvariantCulture, out var number) ? number : 0;

    // As they are written there: "input_handles[0]: unmatched dim value at 1, " << "expected: 3, "
    [GeneratedRegex("""ss << "(?<kind>\w+)\[(?<input>\d+)\]: (?<what>unmatched dtype|unmatched dim value|dim value is too small|dim value is too large|unmatched stride value)(?: at (?<at>\d+))?, """)]
    private static partial Regex Check();

    [GeneratedRegex("""\(at::k(\w+)\)""")]
    private static partial Regex TypeName();

    [GeneratedRegex("""expected(?: it)?(?: to be [<>]=)?:? (-?\d+)""")]
    private static partial Regex ExpectedNumber();

    [GeneratedRegex("""out_spec_ = (?:R"(?<mark>\w*)\((?<raw>.*?)\)\k<mark>"|"(?<quoted>(?:[^"\\]|\\.)*)");""", RegexOptions.Singleline)]
    private static partial Regex OutputSpec();
}
