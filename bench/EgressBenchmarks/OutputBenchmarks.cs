using BenchmarkDotNet.Attributes;
using Egress.Models;
using Egress.Output.Formats;
using Egress.Output.Planes;

namespace Egress.Benchmarks;

/// <summary>What a worker does for one picture: its label map as PNG, without the disk.</summary>
[MemoryDiagnoser]
public class OutputBenchmarks
{
    private const int Size = 512;
    private readonly byte[] _labels = new byte[Size * Size];

    /// <summary>Side of the written picture.</summary>
    [Params(512, 2048)]
    public int PictureSize { get; set; }

    /// <summary>Regions of one label with edges between them, as masks have.</summary>
    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < _labels.Length; i++)
        {
            var (x, y) = (i % Size, i / Size);
            _labels[i] = (byte)(((x * x) + (y * y)) / 60_000 % 21);
        }
    }

    /// <summary>Encodes the map.</summary>
    [Benchmark]
    public void LabelPng() => PngEncoder.Write(
        Stream.Null, new NearestPlanes(_labels, ElementType.UInt8, Size, Size, PictureSize, PictureSize));

    /// <summary>Counts the pixels of each class.</summary>
    [Benchmark]
    public long[] ClassPixels()
    {
        var counter = new LabelCounter(21);
        counter.Add(new NearestPlanes(_labels, ElementType.UInt8, Size, Size, PictureSize, PictureSize));
        return counter.Counts;
    }
}
