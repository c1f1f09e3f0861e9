using Egress.Backend.Tensors;
using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>
/// A part of a network for inference. TorchSharp's own modules fill every parameter with random numbers when they are made, and
/// keep batch norms apart; a layer declares its parameters, takes them from a source when it is loaded, and may merge them.
/// </summary>
internal abstract class Layer : IDisposable
{
    private readonly List<Layer> _parts = [];

    /// <summary>The parameters as a file has them, in torchvision's order.</summary>
    public virtual IEnumerable<ParameterSpec> Parameters => _parts.SelectMany(part => part.Parameters);

    /// <summary>Bytes of what the layer holds on its device.</summary>
    public virtual long ParameterBytes => _parts.Sum(part => part.ParameterBytes);

    /// <summary>Takes the parameters from a source to their place. Called once, before the first <see cref="Forward"/>.</summary>
    public virtual void Load(IParameterSource source, TensorPlacement placement)
    {
        foreach (var part in _parts)
        {
            part.Load(source, placement);
        }
    }

    /// <summary>Computes the layer's output. Neither input nor output may be changed by the other's owner: the layer leaves its
    /// input as it is, and returns a tensor that belongs to the caller.</summary>
    /// <param name="input">Batch, channels, height, width.</param>
    public abstract Tensor Forward(Tensor input);

    /// <summary>Gives the parameters back.</summary>
    public virtual void Dispose()
    {
        foreach (var part in _parts)
        {
            part.Dispose();
        }
    }

    /// <summary>Makes a layer a part of this one; the order is that of <see cref="Parameters"/>.</summary>
    protected T Add<T>(T part)
        where T : Layer
    {
        _parts.Add(part);
        return part;
    }

    /// <summary>The bytes of a parameter that is loaded, if it is.</summary>
    protected static long Bytes(Tensor? tensor) => tensor is null ? 0 : tensor.NumberOfElements * tensor.ElementSize;
}
