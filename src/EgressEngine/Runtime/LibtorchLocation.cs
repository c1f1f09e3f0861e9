namespace Egress.Runtime;

/// <summary>A libtorch that was found.</summary>
/// <param name="Folder">Full path of the folder with its libraries.</param>
/// <param name="Origin">Who chose it.</param>
internal sealed record LibtorchLocation(string Folder, LibtorchOrigin Origin);
