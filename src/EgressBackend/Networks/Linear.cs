using Egress.Backend.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>
/// <c>x Wᵀ + b</c>. Several of one input are computed as one, with their outputs side by side: one product of matrices instead of
/// several smaller ones.
/// </summary>
internal sealed class Linear : Layer
{
    // What BERT's authors began with, and everyone after them.
    private static readonly Initialisation s_initial = new(Distribution.Normal, 0.02);

    private readonly (ParameterSpec Weight, ParameterSpec Bias)[] _specs;
    private Tensor? _weight;
    private Tensor? _bias;

    /// <param name="inputs">Elements of an input.</param>
    /// <param name="outputs">Elements of each output.</param>
    /// <param name="names">The name of each.</param>
    public Linear(int inputs, int outputs, params string[] names)
    {
        _specs = [.. names.Select(name => (
            new ParameterSpec($"{name}.weight", [outputs, inputs], s_initial),
            new ParameterSpec($"{name}.bias", [outputs], Initialisation.Constant(0))))];
    }

    /// <inheritdoc/>
    public override IEnumerable<ParameterSpec> Parameters => _specs.SelectMany(spec => new[] { spec.Weight, spec.Bias });

    /// <inheritdoc/>
    public override long ParameterBytes => Bytes(_weight) + Bytes(_bias);

    /// <inheritdoc/>
    public override void Load(IParameterSource source, TensorPlacement placement)
    {
        using var scope = NewDisposeScope();
        _weight = placement.Place(cat([.. _specs.Select(spec => source.Read(spec.Weight))], dim: 0));
        _bias = placement.Place(cat([.. _specs.Select(spec => source.Read(spec.Bias))], dim: 0));
    }

    /// <summary>Computes the outputs.</summary>
    /// <param name="input">Rows, elements.</param>
    public override Tensor Forward(Tensor input) => linear(input, _weight!, _bias);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _weight?.Dispose();
        _bias?.Dispose();
        base.Dispose();
    }
}
