namespace Egress.Segmentation.Tiles;

/// <summary>Takes a picture's blended scores, piece by piece; every pixel once.</summary>
internal interface IScoreSink
{
    /// <summary>Takes a piece of a row.</summary>
    /// <param name="y">The row.</param>
    /// <param name="x">The piece's first column.</param>
    /// <param name="width">Its columns.</param>
    /// <param name="scores"><c>[classes, width]</c>; the receiver may overwrite them.</param>
    void Write(int y, int x, int width, Span<float> scores);
}
