namespace Egress.Backend.Networks;

/// <summary>A parameter of a network as its file has it.</summary>
/// <param name="Name">The name that torchvision gives it.</param>
/// <param name="Shape">The sizes of its dimensions; empty for a scalar.</param>
/// <param name="Initial">What it is where no file gives it.</param>
/// <param name="IsCounter">Whether it is a batch norm's count of training steps: a whole number that inference does not use and
/// that a file may lack.</param>
internal sealed record ParameterSpec(string Name, long[] Shape, Initialisation Initial, bool IsCounter = false);
