using Microsoft.ML.Tokenizers;

namespace Egress.Backend.Tokenizers;

/// <summary>The pieces of a SentencePiece model.</summary>
internal sealed class SentencePieces : IPieces
{
    private readonly SentencePieceTokenizer _tokenizer;
    private readonly RemovedCharacters _removed;
    private readonly int _offset;
    private readonly int _unknown;

    /// <param name="model">The model's file.</param>
    /// <param name="offset">What is added to an id: some models have put tokens of their own before the file's.</param>
    /// <param name="unknown">The id of what is unknown; null: the file's, as any other.</param>
    public SentencePieces(byte[] model, int offset, int? unknown)
    {
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
        var pieces = _tokenizer.EncodeToIds(_removed.Remove(text), addBeginningOfSentence: false, addEndOfSentence: false);
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

    private int Shift(int id) => id == _tokenizer.UnknownId ? _unknown : id + _offset;
}
