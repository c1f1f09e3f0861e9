using Egress.Backend.Networks;
using Egress.Backend.Programs;
using Egress.Backend.Tensors;
using Egress.Backend.Weights;
using Egress.Devices;
using Egress.Models;

namespace Egress.Backend.Embedding;

/// <summary>Builds the encoder that is asked for, with its parameters.</summary>
internal static class EncoderLoader
{
    /// <summary>Builds it.</summary>
    /// <returns>The encoder, and the options with what it decides itself: the longest sequence that it will be given, and its shape.</returns>
    public static (IEncoder Encoder, EmbeddingModelOptions Options) Load(EmbeddingModelOptions options, IDevice device, TensorPlacement placement)
    {
        ThrowIfInvalid(options);
        if (options.ProgramPath is null)
        {
            return LoadNetwork(options, device, placement);
        }

        if (options.TakesPictures)
        {
            return (PictureEncoder.Load(options, device, placement), options);
        }

        var program = SequenceEncoder.Load(options, device, placement);
        return (program, options with { MaxLength = program.MaxLength });
    }

    private static (BertEncoder Encoder, EmbeddingModelOptions Options) LoadNetwork(EmbeddingModelOptions options, IDevice device, TensorPlacement placement)
    {
        var shape = options.ModelFolder is { } folder ? EncoderFolder.ReadShape(folder) : EncoderCatalog.Shape(options.Model);
        if (options.MaxLength > shape.MaxLength)
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument,
                $"{options.Model} takes sequences of {shape.MaxLength} tokens at most, and not {options.MaxLength}.",
                $"Use a -MaxLength of {shape.MaxLength} or less; longer sequences are cut.", options.MaxLength);
        }

        var maxLength = options.MaxLength == 0 ? shape.MaxLength : options.MaxLength;
        var encoder = new BertEncoder(shape, maxLength);
        try
        {
            using var source = Parameters(options, encoder, device, placement);
            encoder.Load(source, placement);
            return (encoder, options with { MaxLength = maxLength, Shape = options.ModelFolder is null ? null : shape.Description });
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    private static IParameterSource Parameters(
        EmbeddingModelOptions options, BertEncoder encoder, IDevice device, TensorPlacement placement)
    {
        if (options.ParameterFile() is { } path)
        {
            return FileParameters.OpenEncoder(path, [.. encoder.Parameters], device, placement.Device);
        }

        return options.ModelFolder is not { } folder
            ? new RandomParameters(options.Seed)
            : throw new EgressException(
                EgressErrorId.PathNotFound, EgressErrorCategory.ObjectNotFound,
                $"There is no {EmbeddingModelOptions.ParameterFileName} in '{folder}'.",
                "Give -Weights the file with the parameters: safetensors, or what torch.save wrote of a state_dict.", folder);
    }

    private static void ThrowIfInvalid(EmbeddingModelOptions options)
    {
        if (options.MaxLength < 0 || options.ImageSize < 0)
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument,
                $"A -MaxLength of {options.MaxLength} or an -ImageSize of {options.ImageSize} is none.",
                "Use numbers from 1 on.", options.MaxLength);
        }

        if (options.TakesPictures && options.ProgramPath is null)
        {
            throw new EgressException(
                EgressErrorId.OptionInvalid, EgressErrorCategory.InvalidArgument,
                $"{options.Model} encodes sequences, and no pictures.",
                "Give -Model a TorchScript (.pt) or compiled (.pt2) program that encodes pictures.", options.Model);
        }
    }
}
