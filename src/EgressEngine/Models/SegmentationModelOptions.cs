namespace Egress.Models;

/// <summary>Which segmentation model to build and how.</summary>
public sealed record SegmentationModelOptions
{
    /// <summary>Classes of the networks that are published: those of Pascal VOC.</summary>
    public const int DefaultClassCount = 21;

    /// <summary>Side of the square that pictures are resized to, in pixels.</summary>
    public const int DefaultImageSize = 512;

    /// <summary>A built-in network's name, for example <c>deeplabv3_resnet50</c>; what a program is called where there is one.</summary>
    public string Model { get; init; } = BuiltInModels.Default;

    /// <summary>Full path of a TorchScript or compiled program that is run instead of a built-in network, or null.</summary>
    public string? ProgramPath { get; init; }

    /// <summary>Which of a program's outputs holds the scores: a key of its dictionary or a place in its tuple; null: the only
    /// one, or the one called <c>out</c> or <c>logits</c>.</summary>
    public string? OutputName { get; init; }

    /// <summary>The size of the batches that a program will be given, with which it is tried when it is loaded.</summary>
    public int ProgramBatchSize { get; init; }

    /// <summary>Full path of a safetensors file with the network's parameters, or null for random ones.</summary>
    public string? WeightsPath { get; init; }

    /// <summary>Seed of the random parameters, where no file is given.</summary>
    public long Seed { get; init; }

    /// <summary>Number of classes that the network tells apart; 0 for a program: as many as it does.</summary>
    public int ClassCount { get; init; } = DefaultClassCount;

    /// <summary>Side of the square that pictures are resized to, in pixels.</summary>
    public int ImageSize { get; init; } = DefaultImageSize;

    /// <summary>The precision that the network computes in.</summary>
    public ModelPrecision Precision { get; init; } = ModelPrecision.Float32;

    /// <summary>What leaves the device.</summary>
    public OutputKind OutputKind { get; init; } = OutputKind.Labels;

    /// <summary>One picture as the loader writes it: rows of red, green and blue bytes, <c>[height, width, 3]</c>.</summary>
    public TensorSpec InputSpec => new(ElementType.UInt8, ImageSize, ImageSize, 3);

    /// <summary>The arrays of one picture's output.</summary>
    public OutputLayout OutputLayout => OutputLayout.Create(OutputKind, ClassCount, ImageSize, ImageSize, Precision);

    /// <summary>One picture's output as it crosses the bus: its one array, or the bytes of all of them.</summary>
    public TensorSpec OutputSpec => OutputLayout.Spec;
}
