namespace Egress.Models;

/// <summary>The size that outputs are stored in.</summary>
public enum OutputSize
{
    /// <summary>The size in which the model computes.</summary>
    Model,

    /// <summary>
    /// The picture's own size: labels and confidence by the nearest cell, which mixes no classes; scores linearly between the four nearest.
    /// </summary>
    Input,
}
