using Microsoft.ML.Tokenizers;

namespace Egress.Backend.Tokenizers;

/// <summary>The pieces of a SentencePiece model.</summary>
internal sealed class SentencePieces : IPieces
{
    private readonly string _path;
    private readonly SentencePieceTokenizer _tokenizer;
    private readonly RemovedCharacters _removed;
    private readonly int _offset;
    private readonly int _unknown;

    /// <param name="path">The model's file, for errors.</param>
    /// <param name="model">Its content.</param>
    /// <param name="offset">What is added to an id: some models have put tokens of their own before the file's.</param>
    /// <param name="unknown">The id of what is unknown; null: the file's, as any other.</param>
    public SentencePieces(string path, byte[] model, int offset, int? unknown)
    {
        _path = path;
        _tokenizer = SentencePieceTokenizer.Create(new MemoryStream(model), addBeginningOfSentence: false, addEndOfSentence: false);
        _removed = RemovedCharacters.Read(model);
        _offset = offset;
        _unknown = unknown ?? (_tokenizer.UnknownId + offset);
        PieceCount = _tokenizer.Vocabulary.Values.Max() + 1;
    }

    /// <summary>Pieces in the file.</summary>
    public int PieceCount { get; }

    /// <summary>The id of a piece of the file; null where it has none of that name.</summary>
    public int? Find(string piece) => _tokenizer.Vocabulary.TryGetValue(piece, out var id) ? Shift(id) : null;

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string text, int room)
    {
        var pieces = Cut(_removed.Remove(text));
        var ids = new List<int>(Math.Min(room, pieces.Count));
        var before = -1;
        foreach (var piece in pieces)
        {
            // Unknown characters side by side are one unknown piece.
            if (piece != _tokenizer.UnknownId || before != piece)
            {
                ids.Add(Shift(piece));
                if (ids.Count == room)
                {
                    break;
                }
            }

            before = piece;
        }

        return ids;
    }

    private IReadOnlyList<int> Cut(string text)
    {
        try
        {
            return _tokenizer.EncodeToIds(text, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or InvalidOperationException or OverflowException)
        {
            // The library looks at a model's tables only when it comes to them.
            throw TokenizerFile.Invalid(_path, $"it fails on a text: {e.Message}", inner: e);
        }
    }

    private int Shift(int id) => id == _tokenizer.UnknownId ? _unknown : id + _offset;
}
