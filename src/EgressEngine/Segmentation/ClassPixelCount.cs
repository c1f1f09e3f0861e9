using System.Globalization;

namespace Egress.Segmentation;

/// <summary>How much of a picture a class takes.</summary>
public sealed class ClassPixelCount
{
    /// <summary>The class, from 0.</summary>
    public required int Class { get; init; }

    /// <summary>Its name, or its number where no names are known.</summary>
    public required string Name { get; init; }

    /// <summary>Its pixels, in the size in which the output is stored.</summary>
    public required long Pixels { get; init; }

    /// <summary>Its share of all pixels, from 0 to 1.</summary>
    public required double Share { get; init; }

    /// <summary>The classes that a picture has pixels of, in their order.</summary>
    /// <param name="counts">Pixels of each class.</param>
    /// <param name="names">Names of the classes, or null.</param>
    public static IReadOnlyList<ClassPixelCount> Found(long[] counts, IReadOnlyList<string>? names)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var all = Math.Max(1, counts.Sum());
        var found = new List<ClassPixelCount>();
        for (var label = 0; label < counts.Length; label++)
        {
            if (counts[label] > 0)
            {
                found.Add(new ClassPixelCount
                {
                    Class = label,
                    Name = names is null ? label.ToString(CultureInfo.InvariantCulture) : names[label],
                    Pixels = counts[label],
                    Share = (double)counts[label] / all,
                });
            }
        }

        return found;
    }

    /// <summary>The name and the share: <c>cat 12.3 %</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {100 * Share:0.0} %");
}
