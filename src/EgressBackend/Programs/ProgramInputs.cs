using Egress.Devices;
using Egress.Models.Programs;

namespace Egress.Backend.Programs;

/// <summary>Compares what a program says of its input and device with what it would be given, before anything of it runs.</summary>
internal static class ProgramInputs
{
    /// <summary>Throws where the program was made for another kind of device.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelDeviceMismatch"/>.</exception>
    public static void ThrowUnlessFor(ProgramFile file, IDevice device)
    {
        var kind = device.Kind == DeviceKind.Cuda ? "cuda" : "cpu";
        if (file.Device is { } made && made != kind)
        {
            throw new EgressException(
                EgressErrorId.ModelDeviceMismatch, EgressErrorCategory.InvalidArgument,
                $"'{file.Path}' was compiled for {made} and does not run on {device.Name}.",
                $"Use -Device {made}, or compile the model for {kind}.", file.Path);
        }
    }

    /// <summary>Throws where it takes no pictures, or others.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelDeviceMismatch"/> or
    /// <see cref="EgressErrorId.ModelInputMismatch"/>.</exception>
    public static void ThrowUnlessTaken(ProgramFile file, PictureBatch batch, IDevice device)
    {
        ThrowUnlessFor(file, device);
        if (file.Inputs.Count == 0)
        {
            return;
        }

        long[] pictures = [batch.Count, 3, batch.Size, batch.Size];
        var input = file.Inputs[0];
        if (file.Inputs.Count > 1 || input.Shape.Count != pictures.Length || input.Shape[1].Fixed is not 3)
        {
            throw Mismatch(file, batch, "Export a model whose one input is a batch of pictures: batch, 3, height, width.");
        }

        var fits = input.Shape.Zip(pictures).All(pair => pair.First.Takes(pair.Second));
        if (!fits || input.Precision != batch.Precision)
        {
            throw Mismatch(file, batch, Advice(input, batch));
        }
    }

    /// <summary>Throws where it takes no sequences, or others.</summary>
    /// <param name="file">The program.</param>
    /// <param name="batch">Sequences in a batch.</param>
    /// <param name="maxLength">Tokens of the longest sequence that there will be; a program for longer ones is given padding.</param>
    /// <param name="device">The device.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelDeviceMismatch"/> or
    /// <see cref="EgressErrorId.ModelInputMismatch"/>.</exception>
    public static void ThrowUnlessTaken(ProgramFile file, int batch, int maxLength, IDevice device)
    {
        ThrowUnlessFor(file, device);
        if (file.Inputs.Count == 0)
        {
            return;
        }

        if (file.Inputs.Count > 3 || file.Inputs.Any(input => input.Shape.Count != 2 || input.Type != "Long"))
        {
            throw Mismatch(file, batch, maxLength, "Export a model whose inputs are ids of tokens, a mask and kinds of tokens, or the first of them: batch, tokens; 64-bit integers.");
        }

        var (sequences, tokens) = (file.Inputs[0].Shape[0], file.Inputs[0].Shape[1]);
        if (!sequences.Takes(batch) || maxLength > tokens.Largest)
        {
            throw Mismatch(file, batch, maxLength, $"Use -BatchSize {sequences} -MaxLength {tokens}, or export the model for other sizes.");
        }
    }

    private static EgressException Mismatch(ProgramFile file, int batch, int maxLength, string advice) => new(
        EgressErrorId.ModelInputMismatch, EgressErrorCategory.InvalidArgument,
        $"'{file.Path}' takes {string.Join(" and ", file.Inputs)}, and not {batch}×{maxLength} tokens.", advice, file.Path);

    private static string Advice(ProgramInput input, PictureBatch batch)
    {
        if (input.Precision is not { } precision)
        {
            return $"Export a model that takes float32, float16 or bfloat16 instead of {input.Type}.";
        }

        return input.Shape[2].Fixed is { } height && input.Shape[3].Fixed is { } width && height != width
            ? $"Export a model for square pictures instead of {height}×{width}: pictures are resized to squares."
            : $"Use -BatchSize {input.Shape[0]} -ImageSize {input.Shape[2]} {batch.Parameters.Precision} {precision}, or export the model for other sizes.";
    }

    private static EgressException Mismatch(ProgramFile file, PictureBatch batch, string advice) => new(
        EgressErrorId.ModelInputMismatch, EgressErrorCategory.InvalidArgument,
        $"'{file.Path}' takes {string.Join(" and ", file.Inputs)}, and not "
        + $"{batch.Count}×3×{batch.Size}×{batch.Size} {batch.Precision}.",
        advice, file.Path);
}
