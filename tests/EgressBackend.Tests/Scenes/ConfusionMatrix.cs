namespace Egress.Backend.Tests.Scenes;

/// <summary>How many pixels of each class got each label.</summary>
internal sealed class ConfusionMatrix(int classes)
{
    private readonly long[,] _pixels = new long[classes, classes];

    /// <summary>Mean of <see cref="IntersectionOverUnion"/> over the classes that occur in the truth or among the labels.</summary>
    public double Mean => Enumerable.Range(0, classes).Select(IntersectionOverUnion).Where(value => !double.IsNaN(value)).Average();

    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> labels)
    {
        Assert.Equal(truth.Length, labels.Length);
        for (var i = 0; i < truth.Length; i++)
        {
            _pixels[truth[i], labels[i]]++;
        }
    }

    /// <summary>Pixels that are and were called this class ÷ pixels that are or were called it; not a number where there are none.</summary>
    public double IntersectionOverUnion(int label)
    {
        var either = -_pixels[label, label];
        for (var other = 0; other < classes; other++)
        {
            either += _pixels[label, other] + _pixels[other, label];
        }

        return (double)_pixels[label, label] / either;
    }
}
