using Egress.Models;
using static TorchSharp.torch;

namespace Egress.Backend.Programs;

/// <summary>Looks at what a program makes of an example, and says what is wrong with it as vectors.</summary>
internal static class EncoderOutput
{
    /// <summary>Throws where an output is neither hidden states nor vectors, or is pooled already and should not be.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="name">The output's name.</param>
    /// <param name="value">What came out.</param>
    /// <param name="tokens">Tokens that each sequence had; null of pictures, whose patches nobody counted.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelOutputUnsupported"/>.</exception>
    public static void ThrowIfUnsupported(EmbeddingModelOptions options, string name, Tensor value, int? tokens = null)
    {
        var shape = value.shape;
        if (shape.Length is not (2 or 3) || shape[0] != options.ProgramBatchSize || shape.Any(size => size < 1) || !value.is_floating_point())
        {
            throw Unsupported(
                options,
                $"Output {name} of '{options.ProgramPath}' is {ProgramOutput.Describe(value)}, and neither hidden states nor vectors of "
                + $"{options.ProgramBatchSize} items.",
                "Export a model whose output is batch, tokens, elements or batch, elements in floating point, or name another output with "
                + "-OutputName.");
        }

        if (shape.Length == 3 && tokens is { } count && shape[1] != count)
        {
            throw Unsupported(
                options,
                $"Output {name} of '{options.ProgramPath}' is {ProgramOutput.Describe(value)}: {shape[1]} vectors for sequences of {count} tokens.",
                "Export a model that gives a hidden state for each token, or one vector a sequence.");
        }

        if (shape.Length == 2 && options.Pooling == VectorPooling.None)
        {
            throw Unsupported(
                options,
                $"Output {name} of '{options.ProgramPath}' is {ProgramOutput.Describe(value)}: one vector an item, and none for each token.",
                "Leave -Pooling None away, or name the output with the hidden states with -OutputName.");
        }
    }

    private static EgressException Unsupported(EmbeddingModelOptions options, string message, string advice) =>
        new(EgressErrorId.ModelOutputUnsupported, EgressErrorCategory.InvalidData, message, advice, options.ProgramPath);
}
