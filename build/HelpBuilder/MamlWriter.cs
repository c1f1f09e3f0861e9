using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Egress.Build;

/// <summary>Writes pages as MAML, the XML that Get-Help reads for compiled cmdlets.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace s_root = "http://msh";
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>The text of the help file for the cmdlets of one assembly.</summary>
    /// <exception cref="InvalidDataException">A page contradicts itself.</exception>
    public static string Write(IEnumerable<CommandPage> pages)
    {
        var document = new XElement(s_root + "helpItems", new XAttribute("schema", "maml"), pages.Select(Command));
        var text = new StringBuilder();
        var settings = new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(false), OmitXmlDeclaration = true };
        using (var writer = XmlWriter.Create(text, settings))
        {
            document.WriteTo(writer);
        }

        return $"""<?xml version="1.0" encoding="utf-8"?>{"\n"}{text}{"\n"}""";
    }

    private static XElement Command(CommandPage page)
    {
        var parts = page.Name.Split('-');
        return new XElement(
            s_command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", s_maml),
            new XAttribute(XNamespace.Xmlns + "command", s_command),
            new XAttribute(XNamespace.Xmlns + "dev", s_dev),
            new XElement(
                s_command + "details",
                new XElement(s_command + "name", page.Name),
                new XElement(s_command + "verb", parts[0]),
                new XElement(s_command + "noun", parts[^1]),
                Text("description", [page.Synopsis])),
            Text("description", page.Description),
            new XElement(s_command + "syntax", page.Syntax.Select(syntax => SyntaxItem(page, syntax))),
            new XElement(s_command + "parameters", page.Parameters.Select(parameter => Parameter(
                parameter,
                parameter.ParameterSets[0],
                page.Syntax.SelectMany(syntax => syntax.Parameters).FirstOrDefault(known => known.Name == parameter.Name).Type,
                valuesByName: false))),
            new XElement(s_command + "inputTypes", page.Inputs.Select(type => Type(s_command + "inputType", type))),
            new XElement(s_command + "returnValues", page.Outputs.Select(type => Type(s_command + "returnValue", type))),
            new XElement(s_maml + "alertSet", new XElement(s_maml + "alert", Paragraphs(page.Notes))),
            new XElement(s_command + "examples", page.Examples.Select(Example)),
            new XElement(s_command + "relatedLinks", page.Links.Select(Link)));
    }

    private static XElement SyntaxItem(CommandPage page, PageSyntax syntax) => new(
        s_command + "syntaxItem",
        new XElement(s_maml + "name", page.Name),
        syntax.Parameters.Select(known =>
        {
            var parameter = page.Parameters.FirstOrDefault(candidate => candidate.Name == known.Name)
                ?? throw new InvalidDataException($"The syntax has -{known.Name}, and PARAMETERS does not.");
            return Parameter(parameter, parameter.In(syntax.Set), known.Type, valuesByName: true);
        }));

    /// <param name="parameter">The parameter.</param>
    /// <param name="set">What it is in the set at hand.</param>
    /// <param name="type">The short name of its type; null for a switch.</param>
    /// <param name="valuesByName">Lists its values instead of its type, as a line of syntax does.</param>
    private static XElement Parameter(PageParameter parameter, PageParameterSet set, string? type, bool valuesByName) => new(
        s_command + "parameter",
        new XAttribute("required", set.IsRequired),
        new XAttribute("variableLength", type?.EndsWith("[]", StringComparison.Ordinal) == true),
        new XAttribute("globbing", parameter.SupportsWildcards),
        new XAttribute("pipelineInput", PipelineInput(parameter)),
        new XAttribute("position", set.Position.ToLowerInvariant()),
        new XAttribute("aliases", parameter.Aliases.Count > 0 ? string.Join(", ", parameter.Aliases) : "none"),
        new XElement(s_maml + "name", parameter.Name),
        Text("description", parameter.Description),
        valuesByName && parameter.AcceptedValues.Count > 0 && type is not null
            ? new XElement(s_command + "parameterValueGroup", parameter.AcceptedValues.Select(value => Value(value, required: false)))
            : null,
        type is null ? null : Value(type, required: true),
        new XElement(s_dev + "type", new XElement(s_maml + "name", parameter.Type), new XElement(s_maml + "uri")),
        new XElement(s_dev + "defaultValue", parameter.DefaultValue.Length > 0 ? parameter.DefaultValue : "None"));

    private static XElement Value(string text, bool required) =>
        new(s_command + "parameterValue", new XAttribute("required", required), new XAttribute("variableLength", false), text);

    private static string PipelineInput(PageParameter parameter)
    {
        var ways = new List<string>();
        if (parameter.ParameterSets.Exists(set => set.ValueFromPipeline))
        {
            ways.Add("ByValue");
        }

        if (parameter.ParameterSets.Exists(set => set.ValueFromPipelineByPropertyName))
        {
            ways.Add("ByPropertyName");
        }

        return ways.Count > 0 ? $"True ({string.Join(", ", ways)})" : "False";
    }

    private static XElement Type(XName name, PageType type) => new(
        name,
        new XElement(s_dev + "type", new XElement(s_maml + "name", type.Name), new XElement(s_maml + "uri")),
        Text("description", type.Description));

    private static XElement Example(PageExample example) => new(
        s_command + "example",
        new XElement(s_maml + "title", $"--- {example.Title} ---"),
        new XElement(s_dev + "code", example.Transcript),
        // The empty paragraph keeps the next example's title apart.
        new XElement(s_dev + "remarks", Paragraphs([.. example.Remarks, ""])));

    private static XElement Link(PageLink link) => new(
        s_maml + "navigationLink",
        new XElement(s_maml + "linkText", link.Text),
        new XElement(s_maml + "uri", link.Address));

    private static XElement Text(string name, IEnumerable<string> paragraphs) => new(s_maml + name, Paragraphs(paragraphs));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<string> paragraphs) => paragraphs.Select(text => new XElement(s_maml + "para", text));
}
