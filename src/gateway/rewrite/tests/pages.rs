//! Pages: what changes in them, and what does not.

use super::*;

/// `from` is given with `^` where the prefix belongs.
fn marked(kind: Kind, text: &str) {
    check(kind, "/user/alice/", &text.replace('^', ""), &text.replace('^', "/user/alice"));
}

#[test]
fn attributes_that_hold_urls() {
    for page in [
        "<script src=\"^/static/app.js\"></script>",
        "<a href='^/x'>/x</a>",
        "<a href=^/x>/x</a>",
        "<a href=^/>x</a>",
        "<a href=^/ >x</a>",
        "<A HREF = \"^/x\"\n>",
        "<a\nhref\n=\n^/x\n>",
        "<a/href=^/x>",
        "<img alt='/x' src=^/a srcset=\"^/b 1x, ^/c 2x,^/d\">",
        "<img src=^/a longdesc=^/b lowsrc=^/c dynsrc=^/d>",
        "<source srcset='^/a 100w,^/b 200w' src=^/c>",
        "<form action=^/x><button formaction=^/y><input formaction=^/z src=^/i></form>",
        "<video poster=^/p src=^/v><track src=^/t></video><audio src=^/a>",
        "<object data=^/d codebase=^/c archive='^/a ^/b' usemap='/m#x'>",
        "<embed src=^/x><iframe src=^/y longdesc=^/l></iframe><frame src=^/z>",
        "<blockquote cite=^/x><q cite=^/y><ins cite=^/z><del cite=^/d>",
        "<body background=^/x><table background=^/y><td background=^/z>",
        "<html manifest=^/x><head profile='^/a ^/b'>",
        "<menuitem icon=^/x>",
        "<a ping='^/a //h/b\t^/c' href=#><area ping=^/a href=^/b>",
        "<link rel=preload as=image imagesrcset='^/a 1x, ^/b 2x' href=^/c>",
        "<img attributionsrc='^/a ^/b'>",
        "<base href=^/>",
        "<base href='^/static/'>",
        "<svg><image xlink:href='^/x'/><use href='^/y#z'/><a XLINK:HREF=^/w /></svg>",
        "<svg><rect fill='url(^/x#a)' filter=\"url('^/y#b')\" stroke='#abc'/></svg>",
        "<svg/><script>'<a href=/x>'</script><math/><title><a href=/x></title><a href=^/y>",
        "<svg><svg/><image href=^/x /></svg><svg href=^/y /><script>'<a href=/x>'</script>",
        "<math href=^/x><mi>a</mi></math>",
        "<x-custom src=^/x href=^/y>",
        "<template><img src=^/x></template>",
        "<textarea>/x</textarea><img src=^/x>",
        "<img src=x src=^/y>",
        "<p style='background:url(^/x)'>",
        "<p style=\"background:url(&quot;^/x&quot;),url(^/y)\">",
        "<p style=background:url(^/x)>",
        "<table><tr><td><a href=^/x>",
        "<select><option><a href=^/x></select><a href=^/y>",
        // What ends in the middle of a tag is no tag.
        "<a href=/x",
    ] {
        marked(Kind::Html, page);
    }
}

#[test]
fn a_url_is_read_as_a_browser_reads_it() {
    for page in [
        "<a href=' ^/x '>",
        "<a href='\n\t^/x'>",
        "<a href='^/\tx\n'>",
        "<a href='^&#47;x'>",
        "<a href=^&#47x>",
        "<a href='^&#x2F;x'>",
        "<a href=^&sol;x>",
        "<a href='&#32;&Tab;^/x'>",
        "<a href='^\\x'>",
        "<a href='^&bsol;x'>",
        "<a href='^/x?a=1&b=2&amp;c#d'>",
        "<a href='^/x&quot;>'>",
        "<a href='^/user/alicex'>",
        "<a href='^/user/alice%2f'>",
        "<a href='^/user/bob'>",
        "<a href='^/\u{e9}\u{4e00}'>",
        "<img srcset='^&#47;a&#32;1x&comma; ^/b 2x'>",
    ] {
        marked(Kind::Html, page);
    }
}

#[test]
fn what_stays_in_pages() {
    for page in [
        "",
        "/x",
        "<p>/x</p>",
        "<a href=x><a href=./x><a href=../x><a href=?x><a href=#x><a href>",
        "<a href=''><a href=\"\">",
        "<a href=//h/x><a href='/\\h'><a href='\\\\h'><a href='/\t/h'><a href='&#47;&sol;h'>",
        "<a href=http://h/x><a href=data:text/html,/x><a href=javascript:go('/x')>",
        "<a href=/user/alice><a href=/user/alice/><a href=/user/alice?x><a href=/user/alice#x>",
        "<a href='&#47;user&sol;alice/x'><a href='\\user\\alice\\x'><a href='/us\ner/alice'>",
        "<a href='&nbsp;/x'>",
        "<a title=/x data-href=/x onclick=\"go('/x')\" value=/x name=/x id=/x class=/x>",
        "<turbo-stream action=/x><x-chart data=/x><div cite=/x><div poster=/x><input value=/x>",
        "<script>a = '<a href=/x>'; b = '/x'</script>",
        "<script type=module>import '/x.js'</script>",
        "<script type=application/json>{\"a\":\"/x\"}</script>",
        "<script><!-- <script> '/x' </script> <a href=/x> --></script>",
        "<!-- <a href=/x> -->",
        "<!--[if IE]><link href=/x><![endif]-->",
        "<!doctype html SYSTEM '/x'>",
        "<?xml-stylesheet href='/x'?>",
        "<textarea><a href=/x></textarea><title><a href=/x></title>",
        "<iframe><a href=/x></iframe><noembed><a href=/x></noembed><xmp><a href=/x></xmp>",
        "<plaintext><a href=/x>",
        "</a href=/x>",
        "< a href=/x>",
        "<a href=\"x\" \"/x\" ='/x'>",
        "<meta name=x content=/x><meta content='0;url=/x'>",
        "<meta http-equiv=x content='0;url=/x'>",
        "<svg><script>'/x'</script><style>a{content:'/x'}</style></svg>",
        "<style>a{content:'/x'}/* url(/x) */</style>",
        "<style type=text/x>/x</style>",
        "\u{feff}<p>\u{e9}",
    ] {
        check(Kind::Html, "/user/alice", page, page);
    }
}

#[test]
fn texts_that_hold_urls() {
    for page in [
        "<style>a{b:url(^/x)}</style><a href=^/y>",
        "<style>@import '^/x';</style>",
        "<STYLE>a{b:url(\"^/x\")</STYLE><style>url(^/y)</style>",
        "<style>a{b:url(^/x",
        "<style>a{b:url(&quot;/x&quot;)}</style>",
        "<svg><style>a{b:url(&quot;^/x&quot;) url(^&#47;y)}</style></svg>",
        "<svg><style><![CDATA[a{b:url(\"^/x\")} c{d:url(&sol;x)}]]> url(^/y)</style></svg>",
        "<svg><style>a{b:url(^/x)}<!-- url(/c) -->c{d:url(^/y)}</style><a href=^/z /></svg>",
        "<noscript><img src=^/x></noscript><img src=^/y>",
        "<head><noscript><link href=^/x><style>a{b:url(^/y)}</style></noscript></head>",
        "<noscript>/x<!-- <a href=/x> --><a href=^/y></noscript></p><a href=^/z>",
        "<noscript><a href=/x",
        "<noscript><a href=/x</noscript><a href=^/y>",
        "<noscript></noscript><a href=^/z>",
        "<script type=importmap>{\"imports\":{\"a\":\"^/a.js\",\"^/b/\":\"./b/\"}}</script>",
        "<script TYPE=\"ImportMap\">{\"scopes\":{\"^/s\":{\"c\":\"^\\/c\"}}}</script>",
        "<script type=speculationrules>{\"prefetch\":[{\"urls\":[\"^/a\",\"b\"]}]}</script>",
        "<script type=importmap>{\"a\":\"^/x\"}</script><script>\"/x\"</script><a href=^/y>",
    ] {
        marked(Kind::Html, page);
    }
}

#[test]
fn refreshes() {
    for page in [
        "<meta http-equiv=refresh content='0;url=^/x'>",
        "<meta content=\"5; URL='^/x'\" http-equiv=\" Refresh \">",
        "<meta http-equiv=refresh content=0;^/x>",
        "<meta http-equiv='&#114;efresh' content='0&semi;url&equals;^&sol;x'>",
    ] {
        marked(Kind::Html, page);
    }
}

#[test]
fn pages_in_pages() {
    for page in [
        "<iframe srcdoc=\"<img src='^/x'>/x\" src=^/y></iframe>",
        "<iframe srcdoc='&lt;img src=&quot;^/x&quot;&gt;&lt;style>a{b:url(^/y)}'></iframe>",
        "<iframe srcdoc=\"<iframe srcdoc='<img src=^/x>'>\">",
        "<iframe srcdoc=\"<noscript><img src=^&amp;#47;x></noscript>\">",
        "<iframe srcdoc='<a href=/x'>",
        "<div srcdoc='<a href=/x>'>",
    ] {
        marked(Kind::Html, page);
    }
    let nested = |depth: usize, url: &str| {
        (0..depth).fold(format!("<img src={url}>"), |page, _| {
            format!("<iframe srcdoc=\"{}\">", page.replace('&', "&amp;").replace('"', "&quot;"))
        })
    };
    marked(Kind::Html, &nested(3, "^/x"));
    marked(Kind::Html, &nested(4, "/x"));
}

#[test]
fn a_prefix_is_escaped_for_where_it_stands() {
    let prefix = "/o'n(e)&x/";
    for (from, to) in [
        ("<a href='/x'>", "<a href='/o&#39;n(e)&amp;x/x'>"),
        ("<a href=/x>", "<a href=/o&#39;n(e)&amp;x/x>"),
        ("<p style='a:url(/x)'>", "<p style='a:url(/o\\&#39;n\\(e\\)&amp;x/x)'>"),
        ("<style>a{b:url(/x)}</style>", "<style>a{b:url(/o\\'n\\(e\\)&x/x)}</style>"),
        (
            "<svg><style>a{b:url(/x)}</style></svg>",
            "<svg><style>a{b:url(/o\\&#39;n\\(e\\)&amp;x/x)}</style></svg>",
        ),
        (
            "<svg><style>a{b:url(/x)}<![CDATA[c{d:url(/y)}]]>e{f:url(/z",
            "<svg><style>a{b:url(/o\\&#39;n\\(e\\)&amp;x/x)}\
             <![CDATA[c{d:url(/o\\'n\\(e\\)&x/y)}]]>e{f:url(/o\\&#39;n\\(e\\)&amp;x/z",
        ),
        ("<iframe srcdoc='<a href=/x>'>", "<iframe srcdoc='<a href=/o&amp;#39;n(e)&amp;amp;x/x>'>"),
        (
            "<iframe srcdoc='<style>url(/x)'>",
            "<iframe srcdoc='<style>url(/o\\&#39;n\\(e\\)&amp;x/x)'>",
        ),
        ("<noscript><a href=/x></noscript>", "<noscript><a href=/o&#39;n(e)&amp;x/x></noscript>"),
    ] {
        check(Kind::Html, prefix, from, to);
    }
    check(Kind::Css, prefix, "url(/x)", "url(/o\\'n\\(e\\)&x/x)");
    check(Kind::Manifest, prefix, "{\"url\":\"/x\"}", "{\"url\":\"/o'n(e)&x/x\"}");
}

/// As VS Code's servers send it: settings in attributes, a quote written as a reference.
#[test]
fn the_workbenchs_page() {
    marked(
        Kind::Html,
        concat!(
            "<!DOCTYPE html>\n<html>\n<head>\n<script>\nperformance.mark('/x');\n</script>\n",
            "<link rel=\"apple-touch-icon\" href=\"^/stable-abc/static/code-192.png\" />\n",
            "<meta id=\"vscode-workbench-web-configuration\" data-settings=\"{",
            "&quot;remoteAuthority&quot;:&quot;ide.example.com&quot;,",
            "&quot;serverBasePath&quot;:&quot;^/&quot;,",
            "&quot;webviewEndpoint&quot;:&quot;^/stable-abc/static/pre&quot;,",
            "&quot;callbackRoute&quot;:&quot;^/callback&quot;,",
            "&quot;folderUri&quot;:{&quot;path&quot;:&quot;/home/alice&quot;},",
            "&quot;userDataPath&quot;:&quot;/home/alice/.x&quot;}\">\n",
            "<meta id=\"vscode-workbench-web-base-url\" data-settings=\"^/stable-abc/static\">\n",
            "<meta id=\"vscode-workbench-auth-session\" data-settings=\"/x\">\n",
            "<meta data-settings=\"/x\"><div id=vscode-workbench-web-base-url data-settings=/x>",
            "<link rel=\"manifest\" href=\"^/manifest.json\" crossorigin=\"use-credentials\" />\n",
            "</head>\n<body aria-label=\"\">\n</body>\n",
            "<script>\nconst baseUrl = new URL('/stable-abc/static', window.location.origin);\n",
            "</script>\n<script type=\"module\" src=\"^/stable-abc/static/w.js\"></script>\n",
            "</html>\n",
        ),
    );
    let relative = "<meta id=vscode-workbench-web-configuration data-settings=\
        '{\"serverBasePath\":\".\",\"webviewEndpoint\":\"./static/pre\"}'>";
    check(Kind::Html, "/p", relative, relative);
}

#[test]
fn xml_closes_what_html_does_not() {
    for page in [
        "<html><script src='^/a'/><style/><title/><a href='^/b'/><p style='a:url(^/c)'/>",
        "<svg><style>a{b:url(^/x)}</style><title/><a href=^/y /><script/><a href='^/z'/></svg>",
        "<?xml version='1.0'?><svg><svg:image xlink:href='^/x'/></svg>",
        "<html><script>'<a href=\"/x\"/>'</script><a href='^/y'/></html>",
    ] {
        marked(Kind::Xml, page);
    }
    // In HTML, the slash means nothing: what follows is the script's text.
    marked(Kind::Html, "<script src='^/a'/><a href='/b'>");
}
