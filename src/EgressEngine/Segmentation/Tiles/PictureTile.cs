namespace Egress.Segmentation.Tiles;

/// <summary>Which part of which picture an item of the pipeline is.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Index">The tile's number, from 0.</param>
internal sealed record PictureTile(TiledPicture Picture, int Index);
