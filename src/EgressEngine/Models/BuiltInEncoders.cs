namespace Egress.Models;

/// <summary>The encoders that this project builds itself without a model's folder, with random parameters: to measure with.</summary>
public static class BuiltInEncoders
{
    /// <summary>BERT base: 12 layers of 768 with 12 heads, 512 tokens, 30,522 pieces.</summary>
    public const string BertBase = "bert_base";

    /// <summary>BERT mini: 4 layers of 256 with 4 heads.</summary>
    public const string BertMini = "bert_mini";

    /// <summary>BERT tiny: 2 layers of 128 with 2 heads.</summary>
    public const string BertTiny = "bert_tiny";

    /// <summary>The encoder that runs where none is named.</summary>
    public const string Default = BertBase;

    /// <summary>Elements of a vector of most encoders: what is assumed of one before it is opened.</summary>
    public const int TypicalDimension = 768;

    /// <summary>Tokens that most encoders take, likewise.</summary>
    public const int TypicalLength = 512;

    /// <summary>All names, in the order in which they are offered.</summary>
    public static IReadOnlyList<string> Names { get; } = [BertBase, BertMini, BertTiny];
}
