using System.Text.Json;
using Egress.Tests;

namespace Egress.Backend.Tests.Embedding;

/// <summary>
/// What <c>tests/parity/make_encoder_reference.py</c> wrote of a family of encoders: hidden states of sequences that were computed
/// each alone, in double precision.
/// </summary>
internal sealed record EncoderReference
{
    private static readonly JsonSerializerOptions s_options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static IReadOnlyList<string> Families { get; } = ["bert", "roberta", "distilbert"];

    /// <summary>The text of config.json.</summary>
    public required JsonElement Config { get; init; }

    /// <summary>Names and shapes, in Hugging Face's order.</summary>
    public required Dictionary<string, long[]> Parameters { get; init; }

    public required ReferenceSequence[] Sequences { get; init; }

    public int Width => Sequences[0].States.Length / Sequences[0].Ids.Length;

    public static EncoderReference Of(string family)
    {
        using var stream = typeof(EncoderReference).Assembly.GetManifestResourceStream($"Egress.Backend.Tests.Fixtures.{family}.encoder.json")!;
        return JsonSerializer.Deserialize<EncoderReference>(stream, s_options)!;
    }

    /// <summary>Writes the folder of the model.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="prefix">What names in the weights file begin with.</param>
    /// <param name="more">Further tensors of it: what a task puts on top.</param>
    public void Write(string folder, string prefix = "", params SafetensorsTensor[] more)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), Config.GetRawText());
        ModelFiles.Write(Path.Combine(folder, "model.safetensors"), [.. Tensors(prefix), .. more]);
    }

    /// <summary>The parameters as a file has them.</summary>
    public IEnumerable<SafetensorsTensor> Tensors(string prefix = "") =>
        Parameters.Select(parameter => ModelFiles.Tensor(parameter.Key, parameter.Value) with { Name = prefix + parameter.Key });
}

/// <summary>A sequence, and the last hidden state of each of its tokens.</summary>
internal sealed record ReferenceSequence
{
    public required int[] Ids { get; init; }

    public required float[] States { get; init; }

    /// <summary>The vector that pooling makes of it, in double precision.</summary>
    public double[] Pool(Models.VectorPooling pooling)
    {
        var width = States.Length / Ids.Length;
        return pooling switch
        {
            Models.VectorPooling.Mean => [.. Enumerable.Range(0, width).Select(at => Enumerable.Range(0, Ids.Length).Average(token => (double)States[(token * width) + at]))],
            Models.VectorPooling.Cls => [.. States.Take(width).Select(value => (double)value)],
            Models.VectorPooling.Last => [.. States.TakeLast(width).Select(value => (double)value)],
            _ => [.. States.Select(value => (double)value)],
        };
    }
}
