using System.Text.Json;
using System.Text.Json.Serialization;

namespace Egress.Backend.Tests.Networks;

/// <summary>What torchvision's own network computed, as <c>tests/parity/make_reference.py</c> wrote it down.</summary>
internal sealed record Reference
{
    private static readonly JsonSerializerOptions s_options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Reference DeepLab { get; } = Read("deeplabv3_resnet50.reference.json");

    public required ReferenceCase[] Cases { get; init; }

    [JsonPropertyName("parameter_crc32")]
    public required Dictionary<string, uint> ParameterCrc32 { get; init; }

    /// <summary>Names and shapes, in torchvision's order.</summary>
    public required Dictionary<string, long[]> Parameters { get; init; }

    private static Reference Read(string name)
    {
        using var stream = typeof(Reference).Assembly.GetManifestResourceStream($"Egress.Backend.Tests.Fixtures.{name}")!;
        return JsonSerializer.Deserialize<Reference>(stream, s_options)!;
    }
}

/// <summary>One batch of pictures and what came out.</summary>
internal sealed record ReferenceCase
{
    /// <summary>Batch, height, width, 3.</summary>
    public required int[] InputShape { get; init; }

    [JsonPropertyName("input_crc32")]
    public required uint InputCrc32 { get; init; }

    /// <summary>Batch, classes, height, width.</summary>
    public required long[] LogitsShape { get; init; }

    public required double Mean { get; init; }

    public required double Std { get; init; }

    public required float MaxAbs { get; init; }

    /// <summary>Places in the logits, counted in C order.</summary>
    public required int[] SampleIndex { get; init; }

    public required float[] SampleLogits { get; init; }

    /// <summary>How many pixels each class won.</summary>
    public required long[] LabelHistogram { get; init; }

    [JsonPropertyName("label_crc32")]
    public required uint LabelCrc32 { get; init; }

    /// <summary>How far the winner of the closest pixel is ahead of the runner-up.</summary>
    public required float SmallestMargin { get; init; }
}
