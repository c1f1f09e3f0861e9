using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Egress.Backend.Tensors;
using Egress.Models.Programs;
using Egress.Runtime;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Programs;

/// <summary>A TorchScript program.</summary>
internal sealed class ScriptProgram : IProgram
{
    private readonly string _path;
    private readonly jit.ScriptModule _module;
    private readonly bool _returnsDictionary;

    private ScriptProgram(string path, jit.ScriptModule module, bool returnsDictionary, ScalarType type)
    {
        _path = path;
        _module = module;
        _returnsDictionary = returnsDictionary;
        ParameterBytes = Bytes(module, type);
    }

    /// <inheritdoc/>
    public long ParameterBytes { get; }

    /// <inheritdoc/>
    public bool NeedsWholeBatches => false;

    /// <summary>Loads a program straight to its device.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">libtorch does not take it.</exception>
    public static ScriptProgram Load(ProgramFile file, TensorPlacement placement)
    {
        var function = file.Function is { ReturnsDictionary: true } dictionary ? dictionary : null;
        using SafeFileHandle? copy = function is null ? null : ScriptDictionary.AddFunctions(file.Path, function);
        var path = copy is null
            ? file.Path
            : string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{copy.DangerousGetHandle()}");
        ThrowUnlessCompiles(file.Path, path);
        var module = jit.load(path, placement.Device);
        try
        {
            module.eval();
            Convert(module, placement.Type);
            return new ScriptProgram(file.Path, module, function is not null, placement.Type);
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor[] Run(params Tensor[] inputs) => Flatten(_returnsDictionary
        ? _module.invoke(ScriptDictionary.ValuesFunction, inputs)
        : _module.forward(inputs));

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Value)> RunNamed(params Tensor[] inputs)
    {
        var outputs = Run(inputs);
        var names = _returnsDictionary ? Keys(inputs) : [.. Enumerable.Range(0, outputs.Length).Select(place => place.ToString(CultureInfo.InvariantCulture))];
        return [.. names.Zip(outputs)];
    }

    /// <inheritdoc/>
    public void Dispose() => _module.Dispose();

    // What the script compiler throws for a program that it does not understand passes TorchSharp by and would end the process.
    private static void ThrowUnlessCompiles(string file, string path)
    {
        var library = NativeLibrary.Load("LibTorchSharp", typeof(ScriptProgram).Assembly, null);
        var text = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            var program = NativeGuard.Call(NativeLibrary.GetExport(library, "THSJIT_load"), text, (int)DeviceType.CPU, -1, out var error);
            if (error is not null)
            {
                throw ProgramFile.Invalid(
                    file, $"libtorch does not understand it: {TorchErrors.Reason(error)}",
                    "Export it again with torch.jit.save; operators of other libraries, such as torchvision's own, are not here.");
            }

            if (program != 0)
            {
                _ = NativeGuard.Call(NativeLibrary.GetExport(library, "THSJIT_Module_dispose"), program, 0, 0, out _);
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    // TorchSharp's own conversion takes whole numbers along, and a table of indices is none any more once it is floating point.
    private static void Convert(jit.ScriptModule module, ScalarType type)
    {
        foreach (var part in module.named_modules().Select(pair => (jit.ScriptModule)pair.module).Prepend(module))
        {
            foreach (var (name, tensor) in Tensors(part).Where(pair => !pair.Name.Contains('.', StringComparison.Ordinal)))
            {
                if (tensor.is_floating_point() && tensor.dtype != type)
                {
                    part.set_attribute(name, tensor.to(type));
                }
            }
        }
    }

    private static IEnumerable<(string Name, Tensor Value)> Tensors(jit.ScriptModule module) =>
        module.named_parameters().Select(pair => (pair.name, (Tensor)pair.parameter)).Concat(module.named_buffers());

    private string[] Keys(Tensor[] inputs)
    {
        var text = new StringBuilder();
        foreach (var code in (Scalar[])_module.invoke(ScriptDictionary.KeysFunction, inputs))
        {
            using (code)
            {
                text.Append((char)code.ToInt32());
            }
        }

        return text.ToString().Split('\n')[..^1];
    }

    // A tensor, an array of tensors, or a tuple; anything else in it is no output that anybody could want here.
    private Tensor[] Flatten(object? result) => result switch
    {
        Tensor tensor => [tensor],
        Tensor[] tensors => tensors,
        ITuple tuple when Enumerable.Range(0, tuple.Length).All(place => tuple[place] is Tensor) =>
            [.. Enumerable.Range(0, tuple.Length).Select(place => (Tensor)tuple[place]!)],
        _ => throw new EgressException(
            EgressErrorId.ModelOutputUnsupported, EgressErrorCategory.InvalidData,
            $"'{_path}' returns {Describe(result)} and no tensor, dictionary, tuple or list of tensors.",
            "Export a model that returns tensors only.", _path),
    };

    private static string Describe(object? result) => result switch
    {
        null => "nothing",
        Scalar => "a number",
        _ => "other things than tensors",
    };

    // A module goes on telling the tensors that it was loaded with: their elements count as what they were converted to.
    private static long Bytes(jit.ScriptModule module, ScalarType type) => Tensors(module).Sum(pair =>
        pair.Value.NumberOfElements * (pair.Value.is_floating_point() ? type.ElementSize() : pair.Value.ElementSize));
}
