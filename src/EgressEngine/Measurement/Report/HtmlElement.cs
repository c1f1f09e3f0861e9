using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Egress.Measurement.Report;

/// <summary>Builds HTML from elements, so that every text is escaped and every element closed.</summary>
internal static class HtmlElement
{
    private static readonly HashSet<string> s_void = new(StringComparer.Ordinal) { "meta", "br", "hr", "col" };

    /// <summary>An element.</summary>
    /// <param name="name">Its name, with classes after points: <c>p.note</c>.</param>
    /// <param name="content">Attributes, elements, texts, and lists of them; null is nothing.</param>
    public static XElement El(string name, params object?[] content)
    {
        var parts = name.Split('.');
        var element = new XElement(parts[0]);
        if (parts.Length > 1)
        {
            element.Add(new XAttribute("class", string.Join(' ', parts[1..])));
        }

        Add(element, content);
        if (element.IsEmpty && !s_void.Contains(parts[0]))
        {
            // An empty text makes the closing tag appear, without which HTML would leave the element open.
            element.Add(new XText(""));
        }

        return element;
    }

    /// <summary>An attribute.</summary>
    public static XAttribute At(string name, string value) => new(name, Clean(value));

    /// <summary>The document as text.</summary>
    public static string Write(XElement html)
    {
        var text = new StringBuilder("<!DOCTYPE html>\n");
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = false, NewLineHandling = NewLineHandling.None }))
        {
            html.WriteTo(writer);
        }

        return text.Append('\n').ToString();
    }

    /// <summary>The text without characters that no XML and no HTML may hold, such as those of a terminal's colours.</summary>
    public static string Clean(string text)
    {
        if (text.All(character => XmlConvert.IsXmlChar(character)))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            // A rune is never half of a surrogate pair: those come out as the replacement character.
            clean.Append(rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? Rune.ReplacementChar : rune);
        }

        return clean.ToString();
    }

    private static void Add(XElement element, IEnumerable<object?> content)
    {
        foreach (var part in content)
        {
            switch (part)
            {
                case null:
                    break;
                case string text:
                    element.Add(new XText(Clean(text)));
                    break;
                case XObject node:
                    element.Add(node);
                    break;
                case IEnumerable<object?> parts:
                    Add(element, parts);
                    break;
                default:
                    throw new ArgumentException($"{part.GetType()} is no content.", nameof(content));
            }
        }
    }
}
