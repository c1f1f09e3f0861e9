using System.Runtime.InteropServices;
using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Devices;
using Egress.Models;
using Egress.Models.Programs;
using static TorchSharp.torch;

namespace Egress.Backend.Programs;

/// <summary>
/// A program that encodes sequences, with the inputs of Hugging Face's models: token ids, a mask that is 1 where there is a token, and
/// kinds of tokens, all 64-bit integers; or the first of them alone.
/// </summary>
internal sealed class SequenceEncoder : IEncoder
{
    private const int UsualLength = 512;

    // A length that hardly any program was made for, to see whether it takes others than the longest.
    private const int OtherLength = 3;

    // As programs are exported most: with a mask, with ids alone, with everything.
    private static readonly int[] s_inputCounts = [2, 1, 3];

    private readonly ProgramFile _file;
    private readonly IProgram _program;
    private readonly TokenRoom _room;
    private readonly int _inputs;
    private readonly int _output;

    // The length that every batch is padded to, where the program takes no other; 0: it takes any.
    private readonly int _length;

    private SequenceEncoder(EmbeddingModelOptions options, TensorPlacement placement, ProgramFile file, IProgram program, int maxLength)
    {
        _file = file;
        _program = program;
        MaxLength = maxLength;
        _length = FixedLength(file) ?? 0;
        var longest = _length == 0 ? maxLength : _length;
        (_inputs, var example) = Probe(InputCounts(file), options.ProgramBatchSize, longest, placement.Device);
        _output = ProgramOutput.Choose(options.ProgramPath!, options.OutputName, ProgramOutput.Vectors, example);
        var (name, value) = example[_output];
        EncoderOutput.ThrowIfUnsupported(options, name, value, longest);
        GivesOneVector = value.dim() == 2;
        Dimension = (int)value.shape[^1];
        if (_length == 0 && !TakesOtherLengths(options.ProgramBatchSize, placement.Device))
        {
            _length = longest;
        }

        _room = new TokenRoom(maxLength, 0, 0, placement.Device);
    }

    /// <summary>The longest sequence that it will be given.</summary>
    public int MaxLength { get; }

    /// <inheritdoc/>
    public long ParameterBytes => _program.ParameterBytes;

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public int VocabularySize => 0;

    /// <inheritdoc/>
    public int? VectorsAnItem => null;

    /// <inheritdoc/>
    public bool GivesOneVector { get; }

    /// <inheritdoc/>
    public bool NeedsWholeBatches => _program.NeedsWholeBatches;

    /// <inheritdoc cref="ProgramScorer.Load"/>
    public static SequenceEncoder Load(EmbeddingModelOptions options, IDevice device, TensorPlacement placement)
    {
        var file = ProgramFile.Open(options.ProgramPath!);
        var maxLength = options.MaxLength > 0 ? options.MaxLength : FixedLength(file) ?? UsualLength;
        ProgramInputs.ThrowUnlessTaken(file, options.ProgramBatchSize, maxLength, device);
        return ProgramLoader.Load(
            file, device, placement, $"a batch of {options.ProgramBatchSize} sequences of {maxLength} tokens in {options.Precision}",
            "Use the -MaxLength, -BatchSize and -ModelPrecision that it was exported for; its inputs have to be ids of tokens, a mask and "
            + "kinds of tokens as 64-bit integers, or the first of them.",
            program => new SequenceEncoder(options, placement, file, program, maxLength));
    }

    /// <inheritdoc/>
    public EncodedBatch Encode(Tensor items, SequenceExtent extent)
    {
        var tokens = _room.Read(items, extent);
        var states = Run(Inputs(tokens))[_output];
        return new EncodedBatch(states.dim() == 3 && states.shape[1] > extent.Tokens ? states.narrow(1, 0, extent.Tokens) : states, tokens);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _program.Dispose();
        _room.Dispose();
    }

    private static int? FixedLength(ProgramFile file) => file.Inputs.Count > 0 && file.Inputs[0].Shape.Count == 2 ? file.Inputs[0].Shape[1].Fixed : null;

    private static int[] InputCounts(ProgramFile file) => file.Inputs.Count > 0 ? [file.Inputs.Count]
        : file.Function?.ParameterNames.Count() is { } count and >= 1 and <= 3 ? [count]
        : s_inputCounts;

    private static Tensor[] Example(int inputs, int batch, int length, Device device)
    {
        var none = zeros([batch, length], ScalarType.Int64, device);
        return [.. new[] { none, ones([batch, length], ScalarType.Int64, device), none }.Take(inputs)];
    }

    // It took an example when it was loaded; what is new in a batch is its ids, of which a program does not tell how many it knows.
    private Tensor[] Run(Tensor[] inputs)
    {
        try
        {
            return _program.Run(inputs);
        }
        catch (ExternalException e) when (!TorchErrors.IsResource(e))
        {
            throw ProgramLoader.Failed(
                _file, "a batch of sequences",
                "Give -Tokenizer the files of the model's own tokenizer: an id that the model does not know is an index out of its range.", e);
        }
    }

    private (int Inputs, IReadOnlyList<(string Name, Tensor Value)> Outputs) Probe(int[] counts, int batch, int length, Device device)
    {
        foreach (var count in counts[..^1])
        {
            try
            {
                return (count, _program.RunNamed(Example(count, batch, length, device)));
            }
            catch (ExternalException e) when (!TorchErrors.IsResource(e))
            {
                // The message of the last try is the one that is reported.
            }
        }

        return (counts[^1], _program.RunNamed(Example(counts[^1], batch, length, device)));
    }

    /// <summary>A traced program may have taken the length of its example for granted.</summary>
    private bool TakesOtherLengths(int batch, Device device)
    {
        try
        {
            var value = _program.Run(Example(_inputs, batch, Math.Min(OtherLength, MaxLength), device))[_output];
            return value.dim() == 2 || value.shape[1] == Math.Min(OtherLength, MaxLength);
        }
        catch (ExternalException e) when (!TorchErrors.IsResource(e))
        {
            return false;
        }
    }

    private Tensor[] Inputs(TokenBatch tokens)
    {
        var ids = Fill(tokens.Ids.to(ScalarType.Int64));
        if (_inputs == 1)
        {
            return [ids];
        }

        var mask = Fill(tokens.Absent is null ? ones(tokens.Ids.shape, ScalarType.Int64, ids.device) : tokens.Absent.logical_not().to(ScalarType.Int64));
        return _inputs == 2 ? [ids, mask] : [ids, mask, zeros_like(ids)];
    }

    /// <summary>Zeros behind the tokens, up to the length that the program takes.</summary>
    private Tensor Fill(Tensor tokens)
    {
        var missing = _length - tokens.shape[1];
        return missing <= 0 ? tokens : cat([tokens, zeros([tokens.shape[0], missing], ScalarType.Int64, tokens.device)], dim: 1);
    }
}
