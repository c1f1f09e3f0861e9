using Egress.Backend.Tensors;
using static TorchSharp.torch;

namespace Egress.Backend.Networks;

/// <summary>An encoder of BERT's family, without what a task puts on top: hidden states of the last layer for every token.</summary>
internal sealed class BertEncoder : Layer, IEncoder
{
    private readonly BertShape _shape;
    private readonly ParameterSpec _words;
    private readonly ParameterSpec _positions;
    private readonly ParameterSpec? _types;
    private readonly LayerNorm _norm;
    private readonly List<BertLayer> _layers = [];
    private readonly int _maxLength;
    private Tensor? _wordTable;
    private Tensor? _positionTable;
    private TokenRoom? _room;

    /// <param name="shape">The encoder's shape.</param>
    /// <param name="maxLength">The longest sequence that will come.</param>
    public BertEncoder(BertShape shape, int maxLength)
    {
        const string Embeddings = "embeddings";
        var initial = new Initialisation(Distribution.Normal, 0.02);
        _shape = shape;
        _maxLength = maxLength;
        _words = new ParameterSpec($"{Embeddings}.word_embeddings.weight", [shape.Vocabulary, shape.Width], initial);
        _positions = new ParameterSpec($"{Embeddings}.position_embeddings.weight", [shape.Positions, shape.Width], initial);
        _types = shape.TokenTypes == 0
            ? null
            : new ParameterSpec($"{Embeddings}.token_type_embeddings.weight", [shape.TokenTypes, shape.Width], initial);
        _norm = Add(new LayerNorm($"{Embeddings}.LayerNorm", shape.Width, shape.Epsilon));
        for (var i = 0; i < shape.Layers; i++)
        {
            _layers.Add(Add(new BertLayer($"{shape.Names.Layers}.{i}", shape)));
        }
    }

    /// <inheritdoc/>
    public int Dimension => _shape.Width;

    /// <inheritdoc/>
    public int VocabularySize => _shape.Vocabulary;

    /// <inheritdoc/>
    public int? VectorsAnItem => null;

    /// <inheritdoc/>
    public bool GivesOneVector => false;

    /// <inheritdoc/>
    public bool NeedsWholeBatches => false;

    /// <inheritdoc/>
    public override IEnumerable<ParameterSpec> Parameters =>
        [_words, _positions, .. _types is null ? [] : new[] { _types }, .. base.Parameters];

    /// <inheritdoc/>
    public override long ParameterBytes => Bytes(_wordTable) + Bytes(_positionTable) + base.ParameterBytes;

    /// <inheritdoc/>
    public override void Load(IParameterSource source, TensorPlacement placement)
    {
        using (NewDisposeScope())
        {
            _wordTable = placement.Place(source.Read(_words));

            // All tokens are of the first kind, so its row is a part of every position's.
            var positions = source.Read(_positions);
            var summed = _types is null ? positions : positions.add(source.Read(_types).narrow(0, 0, 1), Scalars.One);
            _positionTable = placement.Place(summed.narrow(0, _shape.FirstPosition, _maxLength).contiguous());
        }

        _room = new TokenRoom(_maxLength, _shape.Vocabulary, _shape.Padding, placement.Device);
        base.Load(source, placement);
    }

    /// <inheritdoc/>
    /// <remarks>Sequences of one length, without padding: batch, tokens; 32-bit ids of the vocabulary.</remarks>
    public override Tensor Forward(Tensor input) => Forward(input, null);

    /// <inheritdoc/>
    public EncodedBatch Encode(Tensor items, SequenceExtent extent)
    {
        var tokens = _room!.Read(items, extent);
        using var bias = tokens.Absent is null ? null : AttentionBias(tokens.Absent);
        return new EncodedBatch(Forward(tokens.Ids, bias), tokens);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _wordTable?.Dispose();
        _positionTable?.Dispose();
        _room?.Dispose();
        base.Dispose();
    }

    /// <returns>Batch, tokens, elements.</returns>
    private Tensor Forward(Tensor ids, Tensor? bias)
    {
        var (sequences, tokens) = ((int)ids.shape[0], ids.shape[1]);
        var states = Embed(ids);
        foreach (var layer in _layers)
        {
            using var before = states;
            states = layer.Forward(before, sequences, bias);
        }

        using (states)
        {
            return states.view(sequences, tokens, _shape.Width);
        }
    }

    /// <returns>Tokens of all sequences, elements.</returns>
    private Tensor Embed(Tensor ids)
    {
        using var flat = ids.reshape(-1);
        using var words = _wordTable!.index_select(0, flat);
        using var bySequence = words.view(ids.shape[0], ids.shape[1], _shape.Width);
        using var positions = _positionTable!.narrow(0, 0, ids.shape[1]);
        bySequence.add_(positions, Scalars.One);
        return _norm.Forward(words);
    }

    private Tensor AttentionBias(Tensor absent)
    {
        using var bias = zeros(absent.shape, _wordTable!.dtype, absent.device);
        bias.masked_fill_(absent, Scalars.MinusInfinity);
        return bias.view(absent.shape[0], 1, 1, absent.shape[1]);
    }
}
