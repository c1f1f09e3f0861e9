namespace Egress.Models.Checkpoints;

/// <summary>A pickle asks for a class or function that is not loaded here.</summary>
/// <param name="name">Its full name, fit for a message.</param>
internal sealed class PickleClassException(string name) : Exception(name)
{
    /// <summary>Its full name.</summary>
    public string Name { get; } = name;
}
