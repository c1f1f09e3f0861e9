using System.Text;
using System.Text.RegularExpressions;
using Egress.Files;
using Egress.Models.Archives;

namespace Egress.Models.Programs;

/// <summary>The <c>forward</c> of a TorchScript program, as far as its source tells: TorchScript archives carry their source.</summary>
/// <param name="Source">The file of the archive that has it.</param>
/// <param name="ClassName">The program's class.</param>
/// <param name="QualifiedName">The class's full name, as types are written in the source.</param>
/// <param name="Parameters">The parameters as they are declared, without <c>self</c>.</param>
/// <param name="Returns">The type that it returns, for example <c>Dict[str, Tensor]</c>.</param>
internal sealed partial record ScriptFunction(
    ArchiveEntry Source, string ClassName, string QualifiedName, string Parameters, string Returns)
{
    private const int MostDataBytes = 64 << 20;
    private const int MostSourceBytes = 64 << 20;

    /// <summary>Whether it returns a dictionary, which TorchSharp does not take.</summary>
    public bool ReturnsDictionary => Returns.StartsWith("Dict[str, Tensor", StringComparison.Ordinal);

    /// <summary>The names of the parameters, in order.</summary>
    public IEnumerable<string> ParameterNames => ParameterName().Matches(Parameters).Select(match => match.Groups[1].Value);

    /// <summary>Finds it in an archive.</summary>
    /// <param name="file">The archive's file.</param>
    /// <param name="archive">The archive.</param>
    /// <param name="root">The folder that everything in it lies in.</param>
    /// <param name="data">The pickled program.</param>
    /// <returns>The function, or null where the source is not as expected; whether it works is then left to libtorch.</returns>
    public static ScriptFunction? Find(MappedFile file, ArchiveDirectory archive, string root, ArchiveEntry data)
    {
        var pickle = ArchiveContent.Read(file, data, MostDataBytes);
        if (RootClass(pickle) is not { } name)
        {
            return null;
        }

        var (module, className) = name;
        var source = archive.Find($"{root}/code/{module.Replace('.', '/')}.py");
        if (source is null)
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(ArchiveContent.Read(file, source, MostSourceBytes));
        var qualified = $"{module}.{className}";
        return ClassBody(text, className) is { } body
            && Forward().Match(text, body.Start, body.Length) is { Success: true } match
            ? new ScriptFunction(source, className, qualified, match.Groups["parameters"].Value.Trim(), match.Groups["returns"].Value.Trim())
            : null;
    }

    /// <summary>Where a class's definition lies in the source.</summary>
    public static (int Start, int Length)? ClassBody(string text, string className)
    {
        var start = text.StartsWith($"class {className}(", StringComparison.Ordinal)
            ? 0
            : text.IndexOf($"\nclass {className}(", StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        var end = NextDefinition().Match(text, start + 1) is { Success: true } next ? next.Index + 1 : text.Length;
        return (start, end - start);
    }

    // A pickle of protocol 2 whose first instruction names the class of what it holds.
    private static (string Module, string Name)? RootClass(ReadOnlySpan<byte> pickle)
    {
        if (!pickle.StartsWith((ReadOnlySpan<byte>)[0x80, 2, (byte)'c']))
        {
            return null;
        }

        var rest = pickle[3..];
        var first = rest.IndexOf((byte)'\n');
        var second = first < 0 ? -1 : rest[(first + 1)..].IndexOf((byte)'\n');
        return second < 0
            ? null
            : (Encoding.UTF8.GetString(rest[..first]), Encoding.UTF8.GetString(rest.Slice(first + 1, second)));
    }

    [GeneratedRegex("""\n  def forward\(self: [\w.]+(?<parameters>[^)]*)\) -> (?<returns>[^\n]*):\n""")]
    private static partial Regex Forward();

    [GeneratedRegex("""\n(?:class|def) """)]
    private static partial Regex NextDefinition();

    [GeneratedRegex("""(?:^|,)\s*(\w+)\s*:""")]
    private static partial Regex ParameterName();
}
