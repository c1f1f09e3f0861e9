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
    var pages = new List<(string File, CommandPage Page)>();
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
            pages.Add((file, CommandPageReader.Read(text)));
        }
    }

    foreach (var group in pages.GroupBy(entry => entry.Page.HelpFile))
    {
        help[group.Key] = MamlWriter.Write(group.Select(Announce));
    }

    current = args[0];

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

    // Whose turn it is: a page that contradicts itself shows only while it is written.
    CommandPage Announce((string File, CommandPage Page) entry)
    {
        current = entry.File;
        return entry.Page;
    }
}
catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"{current} : error EGRESSBUILD006: {e.Message}");
    return 1;
}
