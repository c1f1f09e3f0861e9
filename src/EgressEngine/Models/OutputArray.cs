namespace Egress.Models;

/// <summary>One array of a picture's output.</summary>
/// <param name="Name">Its name, as files and stores with several arrays call it.</param>
/// <param name="Spec">Its shape and type.</param>
/// <param name="Offset">Bytes before it in the picture's output.</param>
public sealed record OutputArray(string Name, TensorSpec Spec, long Offset);
