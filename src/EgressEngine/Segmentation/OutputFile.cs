using Egress.Models;
using Egress.Output;
using Egress.Output.Formats;
using Egress.Output.Planes;

namespace Egress.Segmentation;

/// <summary>A file that each item gets: what its name ends in, and how its content is made. It knows of no folder and no store.</summary>
/// <param name="Suffix">What follows the item's stem: <c>.png</c>, <c>.confidence.png</c>.</param>
/// <param name="Encode">Writes the content of an item's file; forward only.</param>
internal sealed record OutputFile(string Suffix, Action<Stream, ItemOutput> Encode)
{
    /// <summary>The files of each item in a format that has files of its own for each item; the first is the main one.</summary>
    /// <param name="format">The format.</param>
    /// <param name="layout">The arrays of an output.</param>
    public static IReadOnlyList<OutputFile> Of(OutputFormat format, OutputLayout layout) => format switch
    {
        OutputFormat.None => [],
        OutputFormat.Npz => [new OutputFile(".npz", (stream, output) => NpzEncoder.Write(stream, output.Arrays.Select(Numbers)))],
        _ => [.. layout.Arrays.Select((array, index) => new OutputFile(
            index == 0 ? Extension(format) : $".{array.Name}{Extension(format)}",
            (stream, output) => Write(stream, format, output.Arrays[index])))],
    };

    /// <summary>Confidence as numbers from 0 to 1; other arrays as they are.</summary>
    public static NamedPlanes Numbers(NamedPlanes array) =>
        array.Planes.Type == ElementType.UInt16 ? array with { Planes = new FractionPlanes(array.Planes) } : array;

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
