namespace Egress.Output.Planes;

/// <summary>An array and its name.</summary>
/// <param name="Name">The name, as in <see cref="Egress.Models.OutputLayout"/>.</param>
/// <param name="Planes">The array.</param>
public readonly record struct NamedPlanes(string Name, PlaneSource Planes);
