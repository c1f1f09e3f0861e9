using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Models;

namespace Egress.Backend.Tests.Networks;

/// <summary>What torchvision's own network computed, as <c>tests/parity/make_reference.py</c> wrote it down.</summary>
internal sealed record Reference
{
    private static readonly JsonSerializerOptions s_options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly Dictionary<string, Reference> s_read = [];

    public static Reference DeepLab => Of(BuiltInModels.DeepLabV3ResNet50);

    /// <summary>The networks that torchvision has too.</summary>
    public static IReadOnlyList<string> Networks { get; } = [.. BuiltInModels.Names.Where(name => name != BuiltInModels.Pointwise)];

    public required ReferenceCase[] Cases { get; init; }

    [JsonPropertyName("parameter_crc32")]
    public required Dictionary<string, uint> ParameterCrc32 { get; init; }

    /// <summary>Names and shapes, in torchvision's order.</summary>
    public required Dictionary<string, long[]> Parameters { get; init; }

    /// <summary>What a network computed.</summary>
    public static Reference Of(string network)
    {
        lock (s_read)
        {
            return s_read.TryGetValue(network, out var reference) ? reference : s_read[network] = Read($"{network}.reference.json");
        }
    }

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

    /// <summary>How many pixels each class won; a tied pixel counts as class 0.</summary>
    public required long[] LabelHistogram { get; init; }

    [JsonPropertyName("label_crc32")]
    public required uint LabelCrc32 { get; init; }

    /// <summary>Pixels, counted in C order, whose best two scores are closer than twice what scores may differ by.</summary>
    public required int[] TiedPixels { get; init; }
}
