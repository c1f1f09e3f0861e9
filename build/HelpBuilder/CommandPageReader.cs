using System.Text.RegularExpressions;
using Markdig;
using Markdig.Extensions.Yaml;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Egress.Build;

/// <summary>Reads a cmdlet's page in PlatyPS's schema of 2024-05-01.</summary>
internal static partial class CommandPageReader
{
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().UseYamlFrontMatter().Build();
    private static readonly IDeserializer s_yaml = new DeserializerBuilder().Build();

    /// <summary>Reads a page.</summary>
    /// <exception cref="InvalidDataException">A section is missing, or something in one cannot be understood.</exception>
    public static CommandPage Read(string text)
    {
        if (text.Contains("{{", StringComparison.Ordinal))
        {
            throw new InvalidDataException("There is a place left to fill in: {{.");
        }

        var document = Markdown.Parse(text, s_pipeline);
        var header = document.OfType<YamlFrontMatterBlock>().FirstOrDefault()
            ?? throw new InvalidDataException("The page does not begin with its header.");
        var metadata = Yaml<Dictionary<string, string>>(header.Lines.ToString(), "The header");
        var sections = PageSections.Split(document, 2).ToDictionary(section => section.Title, section => section.Blocks);

        List<Block> Section(string title) =>
            sections.TryGetValue(title, out var blocks) ? blocks : throw new InvalidDataException($"The section {title} is missing.");

        return new CommandPage
        {
            Name = metadata["title"],
            HelpFile = metadata["external help file"],
            Synopsis = string.Join(' ', PlainText.Paragraphs(Section("SYNOPSIS"))),
            Syntax = ReadSyntax(Section("SYNTAX")),
            Description = PlainText.Paragraphs(Section("DESCRIPTION")),
            Examples = [.. PageSections.Split(Section("EXAMPLES"), 3).Select(example => ReadExample(example.Title, example.Blocks))],
            Parameters =
            [
                .. PageSections.Split(Section("PARAMETERS"), 3).Where(section => section.Title.StartsWith('-'))
                    .Select(section => ReadParameter(section.Title[1..], section.Blocks)),
            ],
            Inputs = ReadTypes(Section("INPUTS")),
            Outputs = ReadTypes(Section("OUTPUTS")),
            Notes = PlainText.Paragraphs(Section("NOTES")),
            Links = [.. Section("RELATED LINKS").SelectMany(block => block.Descendants<LinkInline>()).Select(ReadLink)],
        };
    }

    private static List<PageSyntax> ReadSyntax(List<Block> blocks)
    {
        var syntax = new List<PageSyntax>();
        foreach (var (title, body) in PageSections.Split(blocks, 3))
        {
            var set = title.Replace(" (Default)", "", StringComparison.Ordinal);
            var line = PageSections.Code(body.OfType<CodeBlock>().First());
            var parameters = Parameter().Matches(line)
                .Select(match => (match.Groups["name"].Value, match.Groups["type"] is { Success: true } type ? type.Value : null)).ToList();
            syntax.Add(new PageSyntax(set == "__AllParameterSets" ? PageParameterSet.All : set, parameters));
        }

        return syntax;
    }

    private static PageExample ReadExample(string title, List<Block> blocks) =>
        new(title, string.Join("\n\n", blocks.OfType<CodeBlock>().Select(Transcribe)), PlainText.Paragraphs(blocks.Where(block => block is not CodeBlock)));

    private static string Transcribe(CodeBlock block)
    {
        var code = PageSections.Code(block);
        return block is FencedCodeBlock { Info: "powershell" } ? $"PS> {code.Replace("\n", "\n    ", StringComparison.Ordinal)}" : code;
    }

    private static PageParameter ReadParameter(string name, List<Block> blocks)
    {
        var block = blocks.OfType<FencedCodeBlock>().LastOrDefault(code => code.Info == "yaml")
            ?? throw new InvalidDataException($"-{name} has no block that says what it is.");
        return Yaml<PageParameter>(PageSections.Code(block), $"-{name}") with
        {
            Name = name,
            Description = PlainText.Paragraphs(blocks.Where(candidate => candidate != block)),
        };
    }

    private static List<PageType> ReadTypes(List<Block> blocks) =>
        [.. PageSections.Split(blocks, 3).Select(section => new PageType(section.Title, PlainText.Paragraphs(section.Blocks)))];

    private static PageLink ReadLink(LinkInline link) =>
        new(PlainText.Of(link), link.Url?.Contains("://", StringComparison.Ordinal) == true ? link.Url : "");

    private static T Yaml<T>(string text, string what)
    {
        try
        {
            return s_yaml.Deserialize<T>(text);
        }
        catch (YamlException e)
        {
            throw new InvalidDataException($"{what}: {e.Message} {e.InnerException?.Message}", e);
        }
    }

    /// <summary>A parameter in a line of syntax: [-Name] &lt;type&gt;, with brackets around what may be left out.</summary>
    [GeneratedRegex(@"(?<=[\s\[])-(?<name>\w+)\]?(?: <(?<type>[^>]+)>)?")]
    private static partial Regex Parameter();
}
