using Egress.Build;

// Usage: HelpBuilder <folder with pages> <folder for the help>
// Turns docs/en-US into what Get-Help reads: one MAML file an assembly with cmdlets, and one text file an about topic.
if (args.Length != 2)
{
    Console.Error.WriteLine("HelpBuilder : error EGRESSBUILD005: usage: <folder with pages> <folder for the help>");
    return 2;
}

var current = args[0];
try
{
    var pages = new List<CommandPage>();
    var help = new Dictionary<string, string>();
    foreach (var file in Directory.EnumerateFiles(args[0], "*.md").Order(StringComparer.Ordinal))
    {
        current = file;
        var text = File.ReadAllText(file);
        if (Path.GetFileName(file).StartsWith("about_", StringComparison.Ordinal))
        {
            // Get-Help takes the fifth line for the synopsis of a topic, and shows the whole as it is.
            help[$"{Path.GetFileNameWithoutExtension(file)}.help.txt"] = text;
        }
        else
        {
            pages.Add(CommandPageReader.Read(text));
        }
    }

    current = args[0];
    foreach (var group in pages.GroupBy(page => page.HelpFile))
    {
        help[group.Key] = MamlWriter.Write(group);
    }

    // A page that is gone must not leave its help behind.
    Directory.CreateDirectory(args[1]);
    foreach (var file in Directory.EnumerateFiles(args[1]).Where(file => !help.ContainsKey(Path.GetFileName(file))))
    {
        File.Delete(file);
    }

    foreach (var (name, text) in help)
    {
        File.WriteAllText(Path.Combine(args[1], name), text);
    }

    return 0;
}
catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"{current} : error EGRESSBUILD006: {e.Message}");
    return 1;
}
