using System.Globalization;
using Egress.Models.Programs;
using Egress.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Egress.Backend.Programs;

/// <summary>A package of native code from AOTInductor, on the device that it was compiled for.</summary>
internal sealed class CompiledProgram : IProgram
{
    private readonly ProgramFile _file;
    private readonly ExportedProgram _program;

    private CompiledProgram(ProgramFile file, ExportedProgram program)
    {
        _file = file;
        _program = program;
    }

    /// <inheritdoc/>
    /// <remarks>A package does not tell; its file holds hardly anything else.</remarks>
    public long ParameterBytes { get; private init; }

    /// <inheritdoc/>
    public bool NeedsWholeBatches { get; private init; }

    /// <summary>Unpacks the package and loads its native code into the process.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">libtorch does not take it.</exception>
    public static CompiledProgram Load(ProgramFile file)
    {
        // Packages check their inputs only where this is set; without it a wrong one is read beyond its end.
        Libc.SetEnvironment("AOTI_RUNTIME_CHECK_INPUTS", "1");
        return new CompiledProgram(file, export.load(file.Path))
        {
            ParameterBytes = new FileInfo(file.Path).Length,
            NeedsWholeBatches = !file.TakesAnyBatch,
        };
    }

    /// <inheritdoc/>
    public Tensor[] Run(params Tensor[] inputs) => _program.run(inputs);

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Value)> RunNamed(params Tensor[] inputs)
    {
        var outputs = Run(inputs);
        return [.. outputs.Select((output, place) => (
            _file.OutputNames.Count == outputs.Length ? _file.OutputNames[place] : place.ToString(CultureInfo.InvariantCulture), output))];
    }

    /// <inheritdoc/>
    public void Dispose() => _program.Dispose();
}
