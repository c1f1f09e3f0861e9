using Egress.Backend.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>
/// A layer of an encoder: every token takes from every other what its heads ask for, then is worked on by itself. What each half
/// gives is added to what it was given, and normed.
/// </summary>
internal sealed class BertLayer : Layer
{
    private readonly int _heads;
    private readonly int _headWidth;
    private readonly Activation _activation;
    private readonly Linear _joint;
    private readonly Linear _mixed;
    private readonly LayerNorm _mixedNorm;
    private readonly Linear _inner;
    private readonly Linear _outer;
    private readonly LayerNorm _outerNorm;

    /// <param name="name">The layer's name.</param>
    /// <param name="shape">The encoder's shape.</param>
    public BertLayer(string name, BertShape shape)
    {
        var names = shape.Names;
        _heads = shape.Heads;
        _headWidth = shape.Width / shape.Heads;
        _activation = shape.Activation;
        _joint = Add(new Linear(shape.Width, shape.Width, $"{name}.{names.Query}", $"{name}.{names.Key}", $"{name}.{names.Value}"));
        _mixed = Add(new Linear(shape.Width, shape.Width, $"{name}.{names.Mixed}"));
        _mixedNorm = Add(new LayerNorm($"{name}.{names.MixedNorm}", shape.Width, shape.Epsilon));
        _inner = Add(new Linear(shape.Width, shape.InnerWidth, $"{name}.{names.Inner}"));
        _outer = Add(new Linear(shape.InnerWidth, shape.Width, $"{name}.{names.Outer}"));
        _outerNorm = Add(new LayerNorm($"{name}.{names.OuterNorm}", shape.Width, shape.Epsilon));
    }

    /// <inheritdoc/>
    /// <remarks>One sequence without padding.</remarks>
    public override Tensor Forward(Tensor input) => Forward(input, 1, null);

    /// <summary>Computes the layer.</summary>
    /// <param name="input">Tokens of all sequences, one sequence behind the other, all padded to one length; elements.</param>
    /// <param name="sequences">How many sequences there are.</param>
    /// <param name="bias">What is added to how much a token asks of another: minus infinity where that is padding. Sequences, 1, 1,
    /// tokens of a sequence; null where there is no padding.</param>
    public Tensor Forward(Tensor input, int sequences, Tensor? bias)
    {
        using var attended = Attend(input, sequences, bias);
        using var mixed = _mixed.Forward(attended);
        mixed.add_(input, Scalars.One);
        using var middle = _mixedNorm.Forward(mixed);
        using var inner = _inner.Forward(middle);
        _activation.ApplyTo(inner);
        using var outer = _outer.Forward(inner);
        outer.add_(middle, Scalars.One);
        return _outerNorm.Forward(outer);
    }

    private Tensor Attend(Tensor input, int sequences, Tensor? bias)
    {
        using var joint = _joint.Forward(input);
        using var parts = joint.view(sequences, -1, 3, _heads, _headWidth);
        using var query = Part(parts, 0);
        using var key = Part(parts, 1);
        using var value = Part(parts, 2);
        using var results = scaled_dot_product_attention(query, key, value, bias);

        // A GPU's kernels leave the heads of a token side by side, so that this is a view.
        using var byToken = results.transpose(1, 2);
        return byToken.reshape(input.shape[0], input.shape[1]);
    }

    /// <summary>Sequences, heads, tokens, elements: a view.</summary>
    private static Tensor Part(Tensor parts, int which)
    {
        using var part = parts.select(2, which);
        return part.transpose(1, 2);
    }
}
