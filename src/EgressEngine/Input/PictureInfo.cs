namespace Egress.Input;

/// <summary>What the loader learned of a picture: its size as displayed, the orientation tag applied.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
public readonly record struct PictureInfo(int Width, int Height);
