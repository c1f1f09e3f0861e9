using Egress.Models;
using Egress.Output.Planes;
using Egress.Segmentation.Tiles;

namespace Egress.Tests.Segmentation.Tiles;

public class TileReducerTests
{
    private const int Width = 21;
    private const int Height = 3;

    [Theory]
    [InlineData(OutputKind.Labels, 5)]
    [InlineData(OutputKind.Confidence, 5)]
    [InlineData(OutputKind.Confidence, 300)]
    [InlineData(OutputKind.Logits, 5)]
    [InlineData(OutputKind.Probabilities, 5)]
    public void The_output_is_what_a_device_makes_of_the_scores(OutputKind kind, int classes)
    {
        var random = new Random(classes);
        var scores = Enumerable.Range(0, classes * Width * Height).Select(_ => (random.NextSingle() * 20) - 10).ToArray();
        var layout = OutputLayout.Create(kind, classes, Height, Width, ModelPrecision.Float32);
        using var spool = new OutputSpool(layout);
        var counter = new LabelCounter(classes);
        var reducer = new TileReducer(kind, classes, 16, spool, counter);
        for (var y = 0; y < Height; y++)
        {
            Piece(y, 13, Width - 13);
            Piece(y, 0, 13);
        }

        var arrays = spool.Arrays.Select(array => Read(array.Planes)).ToList();
        double Score(int label, int pixel) => scores[(label * Width * Height) + pixel];
        for (var pixel = 0; pixel < Width * Height; pixel++)
        {
            var column = Enumerable.Range(0, classes).Select(label => Score(label, pixel)).ToList();
            var sum = column.Sum(score => Math.Exp(score - column.Max()));
            if (kind is OutputKind.Labels or OutputKind.Confidence)
            {
                var label = classes <= 256 ? arrays[0][pixel] : BitConverter.ToUInt16(arrays[0], 2 * pixel);
                Assert.Equal(column.IndexOf(column.Max()), label);
            }

            if (kind == OutputKind.Confidence)
            {
                Assert.Equal(1 / sum, BitConverter.ToUInt16(arrays[1], 2 * pixel) / 65535.0, 1e-5);
            }

            for (var label = 0; kind is OutputKind.Logits or OutputKind.Probabilities && label < classes; label++)
            {
                var expected = kind == OutputKind.Logits ? Score(label, pixel) : Math.Exp(Score(label, pixel) - column.Max()) / sum;
                Assert.Equal(expected, BitConverter.ToSingle(arrays[0], 4 * ((label * Width * Height) + pixel)), 1e-5);
            }
        }

        var hasLabels = kind is OutputKind.Labels or OutputKind.Confidence;
        Assert.Equal(hasLabels ? Width * Height : 0, counter.Counts.Sum());

        void Piece(int y, int x, int width)
        {
            var piece = new float[classes * width];
            for (var i = 0; i < piece.Length; i++)
            {
                piece[i] = scores[(((i / width * Height) + y) * Width) + x + (i % width)];
            }

            reducer.Write(y, x, width, piece);
        }
    }

    [Fact]
    public void A_spool_leaves_nothing_behind()
    {
        var before = Directory.GetFiles(Path.GetTempPath(), "egress-*.tiles");
        using var spool = new OutputSpool(OutputLayout.Create(OutputKind.Labels, 5, 2, 2, ModelPrecision.Float32));
        spool.Write(0, 0, 1, 0, [1, 2]);
        Assert.Equal(before, Directory.GetFiles(Path.GetTempPath(), "egress-*.tiles"));
    }

    private static byte[] Read(PlaneSource planes)
    {
        var all = new byte[planes.Bytes];
        for (var i = 0; i < planes.PlaneCount * planes.Height; i++)
        {
            planes.CopyRow(i / planes.Height, i % planes.Height, all.AsSpan(i * planes.RowBytes, planes.RowBytes));
        }

        return all;
    }
}
