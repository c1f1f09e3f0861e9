using System.Globalization;

namespace Egress.Backend.Networks;

/// <summary>The sizes and choices that make one encoder of BERT's family.</summary>
internal sealed record BertShape
{
    /// <summary>Pieces of the vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Elements of a token's hidden state.</summary>
    public required int Width { get; init; }

    /// <summary>Layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Heads that a layer's attention has; they share the width.</summary>
    public required int Heads { get; init; }

    /// <summary>Elements between a layer's last two products.</summary>
    public required int InnerWidth { get; init; }

    /// <summary>Rows of the table of positions.</summary>
    public int Positions { get; init; } = 512;

    /// <summary>The row of a sequence's first token; RoBERTa leaves out the rows up to that of its padding.</summary>
    public int FirstPosition { get; init; }

    /// <summary>Kinds of tokens that the model tells apart: question and answer. All tokens are of the first kind here; 0: none.</summary>
    public int TokenTypes { get; init; } = 2;

    /// <summary>The id that stands where a sequence has no token.</summary>
    public int Padding { get; init; }

    /// <summary>What layer norms add to a variance.</summary>
    public double Epsilon { get; init; } = 1e-12;

    /// <summary>What follows the product that widens.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>What the parts are called.</summary>
    public BertNames Names { get; init; } = BertNames.Bert;

    /// <summary>All of it in words, for people and for comparisons with what was stored: it may not change.</summary>
    public string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"BERT of {Layers} layers; width {Width}; {Heads} heads; inner width {InnerWidth}; vocabulary {Vocabulary}; positions {Positions} from {FirstPosition}; "
        + $"token types {TokenTypes}; padding {Padding}; epsilon {Epsilon}; {Activation}");

    /// <summary>The longest sequence in tokens.</summary>
    public int MaxLength => Positions - FirstPosition;
}
