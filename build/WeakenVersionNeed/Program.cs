using Egress.Build;

// Usage: WeakenVersionNeed <source> <destination> <version> <symbol>...
// Copies a shared library and weakens the need for one symbol version in the copy. See ElfVersionNeeds.
if (args.Length < 4)
{
    Console.Error.WriteLine("WeakenVersionNeed : error EGRESSBUILD001: usage: <source> <destination> <version> <symbol>...");
    return 2;
}

var (source, destination, version) = (args[0], args[1], args[2]);
try
{
    var image = File.ReadAllBytes(source);
    var result = ElfVersionNeeds.Weaken(image, version, args[3..]);

    // Never write into the destination: it may be a hard link to a file that is not ours.
    Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(destination))!);
    var temporary = destination + ".tmp";
    File.WriteAllBytes(temporary, image);
    File.Move(temporary, destination, overwrite: true);
    Console.WriteLine($"{Path.GetFileName(destination)}: {version} {result switch
    {
        WeakenResult.Weakened => "made optional",
        WeakenResult.AlreadyWeak => "is optional already",
        _ => "is not asked for, copied as it is",
    }}");
    return 0;
}
catch (Exception e) when (e is IOException or InvalidDataException or NotSupportedException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"{source} : error EGRESSBUILD002: {e.Message}");
    return 1;
}
