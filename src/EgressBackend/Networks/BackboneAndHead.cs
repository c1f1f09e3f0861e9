using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>A head that scores the features of a backbone.</summary>
internal sealed class BackboneAndHead : Layer
{
    private readonly Layer _backbone;
    private readonly Layer _head;

    public BackboneAndHead(Layer backbone, Layer head)
    {
        _backbone = Add(backbone);
        _head = Add(head);
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input)
    {
        using var features = _backbone.Forward(input);
        return _head.Forward(features);
    }
}
