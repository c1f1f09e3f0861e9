using System.Runtime.InteropServices;
using Egress.Models;
using Egress.Output;
using Egress.Output.Journal;
using Egress.Vectors;

namespace Egress.LongRuns;

/// <summary>Sequences that a number stands for, with vectors that follow from it.</summary>
internal static class NumberedVectors
{
    /// <summary>Their form.</summary>
    public static VectorLayout Layout { get; } = new(VectorPrecision.Float32, 64, IsTokenLevel: false);

    /// <summary>How they are stored.</summary>
    public static VectorStoreOptions Options(VectorFormat format, string address, OutputMode mode) => new()
    {
        Destination = new VectorDestination { Format = format, Address = address },
        Layout = Layout,
        Settings = new RunSettings(new Dictionary<string, string> { ["Model"] = "numbers" }),
        Mode = mode,
        StoresTexts = true,
    };

    /// <summary>The key of a sequence.</summary>
    public static SequenceKey Key(int number) => new($"sequence {number:D6}", number * 7919L);

    /// <summary>The vector of a sequence.</summary>
    public static float[] Vector(int number) => [.. Enumerable.Range(0, Layout.Dimension).Select(place => MathF.Sin((number * 0.37f) + place))];

    /// <summary>The row of a sequence.</summary>
    public static VectorRow Row(int number) => new(
        Key(number).Id, Key(number).TextHash, $"text {number}", 1, MemoryMarshal.AsBytes<float>(Vector(number)).ToArray());
}
