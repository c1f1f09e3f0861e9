using Egress.Devices;
using Egress.Models;
using Egress.Models.Programs;

namespace Egress.Backend.Programs;

/// <summary>Compares what a program says of its input and device with what it would be given, before anything of it runs.</summary>
internal static class ProgramInputs
{
    /// <summary>Throws where they differ.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelDeviceMismatch"/> or
    /// <see cref="EgressErrorId.ModelInputMismatch"/>.</exception>
    public static void ThrowUnlessTaken(ProgramFile file, SegmentationModelOptions options, IDevice device)
    {
        var kind = device.Kind == DeviceKind.Cuda ? "cuda" : "cpu";
        if (file.Device is { } made && made != kind)
        {
            throw new EgressException(
                EgressErrorId.ModelDeviceMismatch, EgressErrorCategory.InvalidArgument,
                $"'{file.Path}' was compiled for {made} and does not run on {device.Name}.",
                $"Use -Device {made}, or compile the model for {kind}.", file.Path);
        }

        if (file.Inputs.Count == 0)
        {
            return;
        }

        long[] pictures = [options.ProgramBatchSize, 3, options.ImageSize, options.ImageSize];
        var input = file.Inputs[0];
        if (file.Inputs.Count > 1 || input.Shape.Count != pictures.Length || input.Shape[1].Fixed is not 3)
        {
            throw Mismatch(file, options, "Export a model whose one input is a batch of pictures: batch, 3, height, width.");
        }

        var fits = input.Shape.Zip(pictures).All(pair => pair.First.Takes(pair.Second));
        if (!fits || input.Precision != options.Precision)
        {
            throw Mismatch(file, options, Advice(input));
        }
    }

    private static string Advice(ProgramInput input)
    {
        if (input.Precision is not { } precision)
        {
            return $"Export a model that takes float32, float16 or bfloat16 instead of {input.Type}.";
        }

        return input.Shape[2].Fixed is { } height && input.Shape[3].Fixed is { } width && height != width
            ? $"Export a model for square pictures instead of {height}×{width}: pictures are resized to squares."
            : $"Use -BatchSize {input.Shape[0]} -ImageSize {input.Shape[2]} -Precision {precision}, or export the model for other sizes.";
    }

    private static EgressException Mismatch(ProgramFile file, SegmentationModelOptions options, string advice) => new(
        EgressErrorId.ModelInputMismatch, EgressErrorCategory.InvalidArgument,
        $"'{file.Path}' takes {string.Join(" and ", file.Inputs)}, and not "
        + $"{options.ProgramBatchSize}×3×{options.ImageSize}×{options.ImageSize} {options.Precision}.",
        advice, file.Path);
}
