namespace Egress.Output;

/// <summary>How a picture with its mask over it is made.</summary>
/// <param name="Format">The file's format.</param>
/// <param name="Opacity">How much of the mask's colours and how little of the picture's is seen, from 0 to 1.</param>
public sealed record OverlayOptions(OverlayFormat Format = OverlayFormat.Jpeg, double Opacity = 0.5)
{
    /// <summary>What the file's name ends in.</summary>
    public string Suffix => Format == OverlayFormat.Jpeg ? ".overlay.jpg" : ".overlay.png";
}

/// <summary>The formats of a picture with its mask over it.</summary>
public enum OverlayFormat
{
    /// <summary>JPEG, at a quality of 90.</summary>
    Jpeg,

    /// <summary>PNG, without loss.</summary>
    Png,
}
