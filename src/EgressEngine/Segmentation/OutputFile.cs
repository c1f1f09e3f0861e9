using Egress.Models;
using Egress.Output;
using Egress.Output.Formats;
using Egress.Output.Planes;
using Egress.Output.Zarr;

namespace Egress.Segmentation;

/// <summary>A file that each item gets: how it is called, and how its content is made. It knows of no folder and no store.</summary>
/// <param name="Name">Names an item's file, from the item's stem and its place among all items.</param>
/// <param name="Encode">Writes the content of an item's file; forward only.</param>
internal sealed record OutputFile(Func<string, long, string> Name, Action<Stream, ItemOutput> Encode)
{
    private OutputFile(string suffix, Action<Stream, ItemOutput> encode)
        : this((stem, _) => stem + suffix, encode)
    {
    }

    /// <summary>The files of each item; the first is the main one.</summary>
    /// <param name="options">What is stored.</param>
    /// <param name="painter">Gives what lays masks over pictures.</param>
    public static IReadOnlyList<OutputFile> Of(SegmentationOptions options, Func<IOverlayPainter> painter)
    {
        var files = OfFormat(options.OutputFormat, options.Model.OutputLayout);
        return options.Overlay is { } overlay
            ? [.. files, new OutputFile(overlay.Suffix, (stream, output) => Paint(stream, output, overlay, painter()))]
            : files;
    }

    private static OutputFile[] OfFormat(OutputFormat format, OutputLayout layout)
    {
        return format switch
        {
            OutputFormat.None => [],
            OutputFormat.Npz => [new OutputFile(".npz", (stream, output) => NpzEncoder.Write(stream, output.Arrays.Select(Numbers)))],
            OutputFormat.Zarr => [.. layout.Arrays.Select((array, place) => new OutputFile(
                (_, index) => ZarrChunk.Name(array.Name, index, array.Spec.Shape.Length),
                (stream, output) => ZarrChunk.Write(stream, Numbers(output.Arrays[place]).Planes)))],
            _ => [.. layout.Arrays.Select((array, place) => new OutputFile(
                place == 0 ? Extension(format) : $".{array.Name}{Extension(format)}",
                (stream, output) => Write(stream, format, output.Arrays[place])))],
        };
    }

    /// <summary>Confidence as numbers from 0 to 1; other arrays as they are.</summary>
    public static NamedPlanes Numbers(NamedPlanes array) =>
        array.Planes.Type == ElementType.UInt16 ? array with { Planes = new FractionPlanes(array.Planes) } : array;

    private static void Paint(Stream stream, ItemOutput output, OverlayOptions options, IOverlayPainter painter)
    {
        // Compressed, a mask takes a few bytes a row; as it is, it would take one a pixel of the picture.
        using var mask = new MemoryStream();
        PngEncoder.Write(mask, output.CreateMask());
        mask.Position = 0;
        painter.Paint(output.Item.Path!, mask, options, stream);
    }

    private static void Write(Stream stream, OutputFormat format, NamedPlanes array)
    {
        switch (format)
        {
            case OutputFormat.Png:
                PngEncoder.Write(stream, array.Planes);
                break;
            case OutputFormat.Npy:
                NpyEncoder.Write(stream, Numbers(array).Planes);
                break;
            case OutputFormat.Raw:
                var numbers = Numbers(array).Planes;
                ElementEncoder.Write(stream, numbers, numbers.Type);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, null);
        }
    }

    private static string Extension(OutputFormat format) => format switch
    {
        OutputFormat.Png => ".png",
        OutputFormat.Npy => ".npy",
        OutputFormat.Raw => ".raw",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };
}
