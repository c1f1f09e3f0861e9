using System.Runtime.InteropServices;
using Egress.Backend.Networks;
using Egress.Backend.Tensors;
using Egress.Buffers;
using Egress.Devices;
using Egress.Models;
using static TorchSharp.torch;

namespace Egress.Backend.Embedding;

/// <summary>
/// An encoder on a CPU or CUDA device, and what is made of its hidden states there. As every session it computes on the calling
/// thread's current stream.
/// </summary>
internal sealed class EmbeddingSession : IEmbeddingSession
{
    private readonly EmbeddingModelOptions _options;
    private readonly IDevice _device;
    private readonly TensorPlacement _placement;
    private readonly IEncoder _encoder;
    private bool _disposed;

    private EmbeddingSession(EmbeddingModelOptions options, IDevice device, TensorPlacement placement, IEncoder encoder)
    {
        _options = options;
        _device = device;
        _placement = placement;
        _encoder = encoder;
        Layout = new VectorLayout(options.VectorPrecision, encoder.Dimension, options.Pooling == VectorPooling.None && !encoder.GivesOneVector);
        Input = options.TakesPictures
            ? new TensorSpec(ElementType.UInt8, options.ImageSize, options.ImageSize, 3)
            : new TensorSpec(ElementType.Int32, 1 + options.MaxLength);
        Output = OutputSpec();
    }

    /// <inheritdoc/>
    public EmbeddingModelOptions Model => _options;

    /// <inheritdoc/>
    public VectorLayout Layout { get; }

    /// <inheritdoc/>
    public int VocabularySize => _encoder.VocabularySize;

    /// <inheritdoc/>
    public TensorSpec Input { get; }

    /// <inheritdoc/>
    public TensorSpec Output { get; }

    /// <inheritdoc/>
    public long ParameterBytes => _encoder.ParameterBytes;

    private MemoryParameters MemoryParameters => _options.TakesPictures ? MemoryParameters.Pictures : MemoryParameters.Sequences;

    /// <inheritdoc cref="IBackend.CreateEmbeddingSession"/>
    public static EmbeddingSession Create(EmbeddingModelOptions options, IDevice device) => TorchErrors.Translate(
        device, $"loading {options.Model}", () => Load(options, device), options.TakesPictures ? MemoryParameters.Pictures : MemoryParameters.Sequences);

    /// <inheritdoc/>
    public IDeviceMemory CreateInput(int batchSize)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return TorchErrors.Translate(
            _device,
            $"the input of a batch of {batchSize}",
            () =>
            {
                using var scope = NewDisposeScope();
                var type = _options.TakesPictures ? ScalarType.Byte : ScalarType.Int32;
                return new TensorMemory(zeros([batchSize, .. Input.Shape], type, _placement.Device));
            },
            MemoryParameters);
    }

    /// <inheritdoc/>
    /// <exception cref="EgressException"><see cref="EgressErrorId.TokenizerInvalid"/>: a token is none of the model's vocabulary.</exception>
    public int MeasureExtent(HostBlock input, int count)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (_options.TakesPictures)
        {
            return 0;
        }

        var (shortest, longest) = (_options.MaxLength, 1);
        for (var slot = 0; slot < count; slot++)
        {
            var item = MemoryMarshal.Cast<byte, int>(input.Span(slot * Input.Bytes, (int)Input.Bytes));
            var length = Math.Clamp(item[0], 0, _options.MaxLength);
            ThrowIfUnknown(item.Slice(1, length));

            // A slot without a sequence is computed as one token of padding, and has that to be masked.
            (shortest, longest) = (Math.Min(shortest, length), Math.Max(longest, length));
        }

        return SequenceExtent.For(shortest, longest, _options.MaxLength).ToNumber();
    }

    /// <inheritdoc/>
    public long OutputBytes(int extent) => Layout.IsTokenLevel && _encoder.VectorsAnItem is null
        ? (long)Extent(extent).Tokens * Layout.VectorBytes
        : Output.Bytes;

    /// <inheritdoc/>
    public IDeviceMemory Run(IDeviceMemory input, int count) => Run(input, count, 0);

    /// <inheritdoc/>
    public IDeviceMemory Run(IDeviceMemory input, int count, int extent)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (input is not TensorMemory memory)
        {
            throw new ArgumentException($"The input has to come from {nameof(CreateInput)}.", nameof(input));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, memory.Tensor.shape[0]);
        var used = Extent(extent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(used.Tokens, _options.MaxLength, nameof(extent));
        return BatchMemory.Compute(
            _device, MemoryParameters, count, !_encoder.NeedsWholeBatches, first => Compute(memory.Tensor, first, used));
    }

    /// <inheritdoc/>
    public void ReleaseUnused() => BatchMemory.ReleaseUnused(_device, _placement.Device);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _encoder.Dispose();
        }
    }

    private static EmbeddingSession Load(EmbeddingModelOptions options, IDevice device)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var placement = TensorPlacement.For(device, options.Precision);
        var (encoder, completed) = EncoderLoader.Load(options, device, placement);
        try
        {
            return new EmbeddingSession(completed, device, placement, encoder);
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    private TensorSpec OutputSpec()
    {
        var type = Layout.Precision switch
        {
            VectorPrecision.Float32 => ElementType.Float32,
            VectorPrecision.Float16 => ElementType.Float16,
            _ => ElementType.UInt8,
        };
        var elements = Layout.VectorBytes / type.SizeInBytes();
        return Layout.IsTokenLevel
            ? new TensorSpec(type, _encoder.VectorsAnItem ?? _options.MaxLength, elements)
            : new TensorSpec(type, elements);
    }

    private SequenceExtent Extent(int number) => SequenceExtent.Of(number, _options.MaxLength);

    private void ThrowIfUnknown(ReadOnlySpan<int> ids)
    {
        var last = (VocabularySize == 0 ? int.MaxValue : VocabularySize) - 1;
        if (ids.IndexOfAnyExceptInRange(0, last) is var place and >= 0)
        {
            throw new EgressException(
                EgressErrorId.TokenizerInvalid, EgressErrorCategory.InvalidData,
                $"A sequence has the token id {ids[place]}, and the ids of {_options.Model} are from 0 to {last}.",
                "Give -Tokenizer the files of this model's own tokenizer.", _options.Model);
        }
    }

    private TensorMemory Compute(Tensor items, int count, SequenceExtent extent)
    {
        // Both belong to a thread, so they are entered here and not once for the session.
        using var inference = inference_mode();
        using var scope = NewDisposeScope();

        // A program for batches of one size computes the places of missing items too; nobody looks at what comes out there.
        var batch = _encoder.NeedsWholeBatches ? items : items.narrow(0, 0, count);
        return new TensorMemory(VectorReduction.Reduce(_encoder.Encode(batch, extent).Take(count), _options));
    }
}
