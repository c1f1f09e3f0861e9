namespace Egress.Models;

/// <summary>The arrays that one picture's output consists of, one behind the other as they cross the bus.</summary>
public sealed class OutputLayout
{
    /// <summary>The array with the class of each pixel.</summary>
    public const string Labels = "labels";

    /// <summary>The array with the probability of each pixel's class.</summary>
    public const string Confidence = "confidence";

    /// <summary>The array with the model's scores.</summary>
    public const string Logits = "logits";

    /// <summary>The array with the soft-max of the scores.</summary>
    public const string Probabilities = "probabilities";

    /// <summary>What a confidence of 1 is as a 16-bit fraction.</summary>
    public const int ConfidenceScale = ushort.MaxValue;

    private OutputLayout(params ReadOnlySpan<(string Name, TensorSpec Spec)> arrays)
    {
        var placed = new List<OutputArray>();
        foreach (var (name, spec) in arrays)
        {
            placed.Add(new OutputArray(name, spec, Bytes));
            Bytes += spec.Bytes;
        }

        Arrays = placed;
    }

    /// <summary>The arrays in the order of their memory.</summary>
    public IReadOnlyList<OutputArray> Arrays { get; }

    /// <summary>Bytes of all arrays together.</summary>
    public long Bytes { get; }

    /// <summary>The output as one tensor: its one array, or the bytes of all of them.</summary>
    public TensorSpec Spec => Arrays is [var only] ? only.Spec : new TensorSpec(ElementType.UInt8, Bytes);

    /// <summary>The arrays of an output kind.</summary>
    /// <param name="kind">What leaves the device.</param>
    /// <param name="classes">Classes that the model tells apart.</param>
    /// <param name="height">Rows of the output.</param>
    /// <param name="width">Columns of the output.</param>
    /// <param name="precision">The precision that the model computes in.</param>
    public static OutputLayout Create(OutputKind kind, int classes, int height, int width, ModelPrecision precision)
    {
        var labels = new TensorSpec(LabelType(classes), height, width);
        return kind switch
        {
            OutputKind.Labels => new OutputLayout((Labels, labels)),
            OutputKind.Confidence => new OutputLayout(
                (Labels, labels), (Confidence, new TensorSpec(ElementType.UInt16, height, width))),
            OutputKind.Logits => new OutputLayout((Logits, new TensorSpec(ScoreType(precision), classes, height, width))),
            OutputKind.Probabilities => new OutputLayout((Probabilities, new TensorSpec(ScoreType(precision), classes, height, width))),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    /// <summary>The type of labels: a byte for up to 256 classes, a 16-bit integer beyond.</summary>
    public static ElementType LabelType(int classes) => classes <= 256 ? ElementType.UInt8 : ElementType.Int16;

    private static ElementType ScoreType(ModelPrecision precision) => precision switch
    {
        ModelPrecision.Float16 => ElementType.Float16,
        ModelPrecision.BFloat16 => ElementType.BFloat16,
        _ => ElementType.Float32,
    };
}
