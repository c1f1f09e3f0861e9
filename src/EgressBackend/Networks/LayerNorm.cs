using Egress.Backend.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Egress.Backend.Networks;

/// <summary>Brings each row to a mean of 0 and a variance of 1, then scales and shifts its elements.</summary>
/// <param name="name">The norm's name.</param>
/// <param name="width">Elements of a row.</param>
/// <param name="epsilon">What is added to a variance before taking its root.</param>
internal sealed class LayerNorm(string name, int width, double epsilon) : Layer
{
    private readonly ParameterSpec _weightSpec = new($"{name}.weight", [width], Initialisation.Constant(1));
    private readonly ParameterSpec _biasSpec = new($"{name}.bias", [width], Initialisation.Constant(0));
    private readonly long[] _shape = [width];
    private Tensor? _weight;
    private Tensor? _bias;

    /// <inheritdoc/>
    public override IEnumerable<ParameterSpec> Parameters => [_weightSpec, _biasSpec];

    /// <inheritdoc/>
    public override long ParameterBytes => Bytes(_weight) + Bytes(_bias);

    /// <inheritdoc/>
    public override void Load(IParameterSource source, TensorPlacement placement)
    {
        using var scope = NewDisposeScope();
        _weight = placement.Place(source.Read(_weightSpec));
        _bias = placement.Place(source.Read(_biasSpec));
    }

    /// <summary>Computes the norm.</summary>
    /// <param name="input">Rows, elements.</param>
    public override Tensor Forward(Tensor input) => layer_norm(input, _shape, _weight, _bias, epsilon);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _weight?.Dispose();
        _bias?.Dispose();
        base.Dispose();
    }
}
