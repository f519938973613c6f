/* The XML reader, its escapes and ceilings; XML-RPC by way of JSON. */
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "json.h"
#include "xml.h"
#include "xmlrpc.h"
#include "tap.h"

static struct arena *mem;

static struct xml *parse(const char *s)
{
	return xml_parse(mem, s, strlen(s));
}

static void texts(void)
{
	static const struct {
		const char *xml, *path, *text;
	} rows[] = {
		{ "<a/>", "", "" },
		{ "\xef\xbb\xbf<?xml version=\"1.0\"?><!-- c -->\n<a> x </a>\n<!-- d -->", "",
		    "x" },
		{ "<a><b>1</b><c><b>2</b></c></a>", "c/b", "2" },
		{ "<a><b>1</b><b>2</b></a>", "b", "1" },
		{ "<a><b/></a>", "b", "" },
		{ "<a><b/></a>", "x", NULL },
		{ "<a><b/></a>", "b/x", NULL },
		{ "<n:a xmlns:n='u'><n:b n:k='v'/></n:a>", "b/@k", "v" },
		{ "<a k = \"1 &lt; 2\" l='\"'></a>", "@k", "1 < 2" },
		{ "<a k='1'\n\tl='\"'/>", "@l", "\"" },
		{ "<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#xe9;&#x20AC;&#x1F600;</a>", "",
		    "<>&\"'ABé€😀" },
		{ "<a>x<![CDATA[<b>&amp;]]>y</a>", "", "x<b>&amp;y" },
		{ "<a>x<?pi ?><!-- <b> -->y</a>", "", "xy" },
		{ "<a>x<b>in</b>y</a>", "", "xy" },
		{ "<a><x><b>1</b></x></a>", "*/b", "1" },
		{ "<a ></a >", "", "" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct xml *x = parse(rows[i].xml);
		ok(x != NULL, rows[i].path);
		is_str(xml_str(x, rows[i].path), rows[i].text, "text");
	}
	const struct xml *x = parse("<a><b>1</b><c/><b>2</b><d><e><f>3</f></e></d></a>");
	is_str(xml_next(xml_get(x, "b"))->text, "2", "the next of the name");
	ok(!xml_next(xml_next(xml_get(x, "b"))), "and no more");
	is_str(xml_find(x, "f")->text, "3", "at any depth");
	ok(!xml_find(x, "g") && !xml_get(NULL, "b") && !xml_str(NULL, ""), "nothing in nothing");
}

static void refusals(void)
{
	static const char *const rows[] = { "", " ", "text", "<", "<a", "<a>", "<a></b>",
		"<a><b></a></b>", "<a/><b/>", "<a/>x", "<a>&nbsp;</a>", "<a>&amp</a>",
		"<a>&#0;</a>", "<a>&#xd800;</a>", "<a>&#x110000;</a>", "<a>&#;</a>", "<a>&#x;</a>",
		"<a k></a>", "<a k=v/>", "<a k='v/>", "<a k='<'/>", "< a/>", "<a><![CDATA[x</a>",
		"<a><!-- x</a>", "<!-- x", "<?xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
		"</a>", "<a/", "<a k='v'" };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ok(!parse(rows[i]), rows[i]);
	ok(!xml_parse(mem, "<a>\0</a>", 8), "a NUL in the text");
	ok(!xml_parse(mem, "<a>x</a>", 7), "cut");
	struct buf deep = buf_new(mem, 0), many = buf_new(mem, 0);
	for (int i = 0; i < 100000; i++) {
		buf_str(&deep, "<a>");
		buf_str(&many, "<a/>");
	}
	ok(!parse(deep.data), "too deep");
	ok(!parse(arena_fmt(mem, "<r>%s</r>", many.data)), "too many elements");
}

static void writing(void)
{
	struct buf b = buf_new(mem, 0);
	xml_add(&b, "a", "1 < 2 & \"3\" 'é' >");
	xml_add(&b, "left", NULL);
	is_str(b.data, "<a>1 &lt; 2 &amp; &quot;3&quot; &apos;é&apos; &gt;</a>", "escaped");
	is_str(parse(b.data)->text, "1 < 2 & \"3\" 'é' >", "and back");
}

static void rpc(void)
{
	cJSON *inner = json(js("a", "<x>"), jn("n", 7), jb("yes", true),
	    jo("list", json_list(js(NULL, "1"), jn(NULL, 2))));
	is_str(xmlrpc_call(mem, "do.it", inner),
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodCall><methodName>do.it</methodName><params><param><value>"
	    "<struct><member><name>a</name><value><string>&lt;x&gt;</string></value></member><member><name>n</name><value>"
	    "<int>7</int></value></member><member><name>yes</name><value><boolean>1</boolean></value></member><member>"
	    "<name>list</name><value><array><data><value><string>1</string></value><value><int>2</int></value></data></array>"
	    "</value></member></struct></value></param></params></methodCall>\n",
	    "a call");
	ok(strstr(xmlrpc_call(mem, "x", NULL), "<params></params>") != NULL, "without parameters");
	ok(strstr(xmlrpc_call(mem, "x", json_list(js(NULL, "a"), js(NULL, "b"))),
	       "<param><value><string>a</string></value></param><param><value><string>b") != NULL,
	    "two parameters");
	const struct xml *x = parse(
	    "<methodResponse><params><param><value><struct>"
	    "<member><name>code</name><value><int>1000</int></value></member>"
	    "<member><name>id</name><value><i8>1234567890123456789</i8></value></member>"
	    "<member><name>s</name><value>bare</value></member>"
	    "<member><name>b</name><value><boolean>0</boolean></value></member>"
	    "<member><name>d</name><value><double>1.5</double></value></member>"
	    "<member><name>n</name><value><nil/></value></member>"
	    "<member><name>l</name><value><array><data><value><string>x</string></value></data></array></value></member>"
	    "</struct></value></param></params></methodResponse>");
	is_str(json_text(mem, xmlrpc_answer(mem, x)),
	    "{\"code\":1000,\"id\":\"1234567890123456789\",\"s\":\"bare\",\"b\":false,\"d\":\"1.5\",\"n\":\"\",\"l\":[\"x\"]}",
	    "an answer");
	x = parse(
	    "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>4</int></value></member>"
	    "<member><name>faultString</name><value>Too many</value></member></struct></value></fault></methodResponse>");
	is_str(json_str(xmlrpc_answer(mem, x), "faultString"), "Too many", "a fault");
	ok(!xmlrpc_answer(mem, parse("<html/>")), "something else");
	ok(xmlrpc_answer(mem, parse("<methodResponse/>")) != NULL, "an empty answer");
	ok(xmlrpc_answer(mem,
	       parse(
	           "<methodResponse><params><param><value><struct><member/></struct></value></param></params>"
	           "</methodResponse>")) != NULL,
	    "a member without name and value");
}

int main(void)
{
	mem = arena_new();
	arena_use(mem);
	texts();
	refusals();
	writing();
	rpc();
	arena_drop(mem);
	return done();
}
