using System.Runtime.InteropServices;
using Egress.Models;

namespace Egress.Vectors;

/// <summary>Puts rows together again from the columns of a part's files.</summary>
public static class PartRows
{
    /// <summary>The rows, as they were before they were written; a hash of their text is not in files, and 0.</summary>
    /// <param name="layout">How vectors lie in memory.</param>
    /// <param name="ids">The rows' ids.</param>
    /// <param name="texts">Their texts; null where none are stored.</param>
    /// <param name="counts">How many vectors each has.</param>
    /// <param name="elements">The elements of all vectors in the layout's form, one behind the other, without scales.</param>
    /// <param name="scales">The scale of each vector; empty where they have none.</param>
    /// <exception cref="InvalidDataException">There are not as many of one as of the others.</exception>
    public static IReadOnlyList<VectorRow> Assemble(
        VectorLayout layout, IReadOnlyList<string> ids, IReadOnlyList<string>? texts, IReadOnlyList<int> counts, ReadOnlySpan<byte> elements, ReadOnlySpan<float> scales)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(counts);
        var (elementBytes, scaleBytes) = (layout.ElementBytes, layout.ScaleBytes);
        var vectors = counts.Sum(count => (long)count);
        if (ids.Count != counts.Count || (texts is not null && texts.Count != ids.Count) || elements.Length != vectors * elementBytes
            || (scaleBytes > 0 && scales.Length != vectors))
        {
            throw new InvalidDataException("The columns of a part are not of one length.");
        }

        var rows = new List<VectorRow>(ids.Count);
        var vector = 0;
        for (var row = 0; row < ids.Count; row++)
        {
            var data = new byte[counts[row] * layout.VectorBytes];
            for (var own = 0; own < counts[row]; own++, vector++)
            {
                var target = data.AsSpan(own * layout.VectorBytes, layout.VectorBytes);
                elements.Slice(vector * elementBytes, elementBytes).CopyTo(target);
                if (scaleBytes > 0)
                {
                    MemoryMarshal.Write(target[elementBytes..], scales[vector]);
                }
            }

            rows.Add(new VectorRow(ids[row], 0, texts?[row], counts[row], data));
        }

        return rows;
    }
}
