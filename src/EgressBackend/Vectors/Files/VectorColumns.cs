using System.Globalization;
using System.Runtime.InteropServices;
using Egress.Models;
using Egress.Vectors;

namespace Egress.Backend.Vectors.Files;

/// <summary>The vectors of rows as columns of elements and scales, one vector behind the other.</summary>
internal static class VectorColumns
{
    /// <summary>What files say about their vectors: names and values.</summary>
    public static Dictionary<string, string> Description(VectorLayout layout) => new(StringComparer.Ordinal)
    {
        ["egress.precision"] = layout.Precision.ToString(),
        ["egress.dimension"] = layout.Dimension.ToString(CultureInfo.InvariantCulture),
        ["egress.vectors"] = layout.IsTokenLevel ? "one a token" : "one a sequence",
    };

    /// <summary>Vectors of rows together.</summary>
    public static int Count(IReadOnlyList<VectorRow> rows) => checked((int)rows.Sum(row => (long)row.VectorCount));

    /// <summary>All elements in the form in which they lie in memory, without scales.</summary>
    public static byte[] Bytes(VectorLayout layout, IReadOnlyList<VectorRow> rows)
    {
        var elementBytes = layout.ElementBytes;
        var bytes = GC.AllocateUninitializedArray<byte>(checked(Count(rows) * elementBytes));
        ForEach(layout, rows, (vector, place) => vector[..elementBytes].CopyTo(bytes.AsSpan(place * elementBytes)));
        return bytes;
    }

    /// <summary>All elements in single precision; 8-bit ones without their scale are <see cref="Integers"/>.</summary>
    public static float[] Floats(VectorLayout layout, IReadOnlyList<VectorRow> rows)
    {
        var floats = GC.AllocateUninitializedArray<float>(checked(Count(rows) * layout.Dimension));
        ForEach(layout, rows, (vector, place) => VectorElements.Read(layout, vector, floats.AsSpan(place * layout.Dimension)));
        return floats;
    }

    /// <summary>All elements that are 8-bit integers.</summary>
    public static sbyte[] Integers(VectorLayout layout, IReadOnlyList<VectorRow> rows) => MemoryMarshal.Cast<byte, sbyte>(Bytes(layout, rows)).ToArray();

    /// <summary>The scales of all vectors.</summary>
    public static float[] Scales(VectorLayout layout, IReadOnlyList<VectorRow> rows)
    {
        var scales = new float[Count(rows)];
        ForEach(layout, rows, (vector, place) => scales[place] = VectorElements.Scale(layout, vector));
        return scales;
    }

    private static void ForEach(VectorLayout layout, IReadOnlyList<VectorRow> rows, VisitVector visit)
    {
        var place = 0;
        foreach (var row in rows)
        {
            for (var vector = 0; vector < row.VectorCount; vector++)
            {
                visit(row.Data.Span.Slice(vector * layout.VectorBytes, layout.VectorBytes), place++);
            }
        }
    }

    private delegate void VisitVector(ReadOnlySpan<byte> vector, int place);
}
