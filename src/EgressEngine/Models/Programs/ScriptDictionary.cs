using System.Text;
using Egress.Files;
using Egress.Models.Archives;
using Microsoft.Win32.SafeHandles;

namespace Egress.Models.Programs;

/// <summary>
/// Gives a TorchScript program whose <c>forward</c> returns a dictionary two more functions: one that returns the dictionary's
/// values as a list, and one that returns its keys as numbers, since TorchSharp hands over neither dictionaries nor text. They go
/// into the source that the archive carries, in a copy that only lives in memory; what <c>forward</c> computes stays as it is.
/// </summary>
internal static class ScriptDictionary
{
    /// <summary>Returns the values, in the order of the keys.</summary>
    public const string ValuesFunction = "egress_values";

    /// <summary>Returns the characters of the keys, each key followed by a line feed.</summary>
    public const string KeysFunction = "egress_keys";

    /// <summary>Makes the copy, open for as long as it is needed.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.HostMemoryExhausted"/>.</exception>
    public static SafeFileHandle AddFunctions(string path, ScriptFunction function)
    {
        using var file = MappedFile.Open(path);
        var archive = ArchiveDirectory.Read(file);
        var text = Encoding.UTF8.GetString(ArchiveContent.Read(file, function.Source, int.MaxValue));
        var (start, length) = ScriptFunction.ClassBody(text, function.ClassName)!.Value;
        var end = start + length;
        var edited = $"{text[..end].TrimEnd('\n')}\n{Functions(function)}{text[end..].TrimStart('\n')}";
        try
        {
            // What maps places in the source to the files that it came from is wrong once the source has changed.
            return ArchiveEdit.Replace(
                file, archive, function.Source, Encoding.UTF8.GetBytes(edited), without: $"{function.Source.Name}.debug_pkl");
        }
        catch (IOException e)
        {
            throw new EgressException(
                EgressErrorId.HostMemoryExhausted, EgressErrorCategory.ResourceUnavailable,
                $"The host's memory does not suffice for loading '{path}': {e.Message}",
                "Raise the memory limit of the job, or export the model so that it returns a tensor or a tuple.", path, e);
        }
    }

    private static string Functions(ScriptFunction function)
    {
        var call = $"outputs = (self).forward({string.Join(", ", function.ParameterNames)}, )";
        return $$"""
              def {{ValuesFunction}}(self: {{function.QualifiedName}}{{Declared(function)}}) -> List[Tensor]:
                {{call}}
                return outputs.values()
              def {{KeysFunction}}(self: {{function.QualifiedName}}{{Declared(function)}}) -> List[int]:
                {{call}}
                codes = annotate(List[int], [])
                for key in outputs.keys():
                  for i in range(len(key)):
                    codes.append(ord(key[i]))
                  codes.append(10)
                return codes

            """;
    }

    private static string Declared(ScriptFunction function) =>
        function.Parameters.Length == 0 ? "" : $",\n    {function.Parameters.TrimStart(',').TrimStart()}";
}
