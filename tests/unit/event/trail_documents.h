/* tests/unit/event/trail_documents.h - documents that look like each other
 *
 * Each group is a way in which documents that are alike differ. ' stands for ". */
#ifndef VD_TESTS_EVENT_TRAIL_DOCUMENTS_H
#define VD_TESTS_EVENT_TRAIL_DOCUMENTS_H

static const char trail_mapping[] =
    "{\"properties\":{\"@timestamp\":{\"type\":\"date\"},\"_index\":{\"type\":\"keyword\"},"
    "\"_id\":{\"type\":\"keyword\"},\"name\":{\"type\":\"keyword\"},\"short\":{\"type\":\"keyword\","
    "\"ignore_above\":4},\"nil\":{\"type\":\"keyword\",\"null_value\":\"none\"},\"process\":{"
    "\"properties\":{\"pid\":{\"type\":\"long\"},\"name\":{\"type\":\"keyword\"},\"args\":{\"type\":"
    "\"keyword\"},\"parent\":{\"properties\":{\"pid\":{\"type\":\"long\"},\"name\":{\"type\":"
    "\"wildcard\"}}}}},\"ip\":{\"type\":\"ip\"},\"when\":{\"type\":\"date\"},\"n\":{\"type\":\"long\"},"
    "\"u\":{\"type\":\"unsigned_long\"},\"d\":{\"type\":\"double\"},\"yes\":{\"type\":\"boolean\"},"
    "\"v\":{\"type\":\"version\"},\"f\":{\"type\":\"flattened\"},\"text\":{\"type\":\"text\"}}}";

/* Of x there are two slots; of `user` and `a.b` a field is above another. */
static const char trail_fields[] =
    "_index _id @timestamp name short nil process.pid process.name process.args process.parent.pid "
    "process.parent.name ip when n u d yes v f f.x text x x user user.name a.b a.b.c a.b.d z\\y "
    "k.k.k.k.k.k.k.k.k _id.part";

typedef struct group {
    const char *about;
    const char *docs[20];
} group;

static const group groups[] = {
    {"other values",
     {"{'@timestamp':'2024-05-01T10:00:00Z','process':{'pid':1,'name':'a.exe','args':['x','y'],"
      "'parent':{'pid':2,'name':'p'}},'host':{'os':{'type':'linux'}},'name':'h'}",
      "{'@timestamp':'2025-06-02T11:22:33.456Z','process':{'pid':99999,'name':'','args':[],"
      "'parent':{'pid':0,'name':'\\\\a\\u0062'}},'host':{'os':{}},'name':'some longer name'}",
      "{'@timestamp':'never','process':{'pid':-1,'name':'\\q','args':['x',['y',null]],"
      "'parent':{'pid':1e2,'name':'\\ud800'}},'host':{'os':[]},'name':'\\ud83d\\ude00'}"}},
    {"optional members",
     {"{'name':'a','n':1,'x':'b','text':'c','z':1}", "{'name':'a','x':'b','text':'c','z':1}",
      "{'name':'a','n':1,'text':'c'}", "{'n':1}", "{'name':'a','process':{'pid':1,'name':'x'},'x':1}",
      "{'name':'a','process':{'pid':1},'x':1}", "{'name':'a','process':{'name':'x'},'x':1}",
      "{'name':'a','process':{},'x':1}", "{'name':'a','process':{'parent':{'pid':1}},'x':1}",
      "{'name':'a','process':{'parent':{}},'x':1}", "{'process':{'parent':{'pid':1},'pid':2}}",
      "{'process':{'parent':{'other':1},'pid':2}}", "{}", "{'z':{}}"}},
    {"other order",
     {"{'n':1,'x':2,'name':'a'}", "{'x':2,'n':1,'name':'a'}", "{'name':'a','n':1,'x':2}",
      "{'x':2,'name':'a','n':1}", "{'process':{'pid':1,'name':'b'},'n':1}",
      "{'process':{'name':'b','pid':1},'n':1}", "{'n':1,'process':{'name':'b','pid':1}}"}},
    {"the same key twice",
     {"{'x':1,'n':2}", "{'x':1,'n':2,'x':3}", "{'x':1,'x':3,'n':2}", "{'n':2,'x':1,'\\u0078':1}",
      "{'process':{'pid':1,'name':'a'},'x':1}", "{'process':{'pid':1,'pid':2},'x':1}",
      "{'process':{'pid':1,'name':'a','pid':2},'x':1}", "{'process':{'pid':1},'process':{'name':'a'}}",
      "{'process.pid':1,'process':{'pid':2},'x':1}", "{'process.pid':1,'process':{'pid':2},'process.pid':3}",
      "{'process':{'pid':1},'process.pid':1,'x':1,'process\\u002epid':3}", "{'process':{},'process':{}}",
      "{'process':{'name':'a'},'process':{'name':'a'}}", "{'z':1,'z':2,'x':3}",
      "{'process':{'name':'a','p\\u0069d':1,'pid':1}}", "{'x':{'x':1},'n':2}",
      "{'process':{'parent':{'pid':1},'parent':{'name':'b'}}}"}},
    {"one object by several ways",
     {"{'a':{'b':{'c':1,'d':2}},'x':1}", "{'a.b':{'c':1},'a':{'b':{'c':2}}}",
      "{'a':{'b':{'c':1},'b.c':2},'a.b.c':3,'a.b':{'c':4}}", "{'a.b':{'c':1,'d':1,'c':2}}",
      "{'a.b':{'c':1},'a':[{'b':{'c':2}},{'b':{'c':3}}]}", "{'a':[{'b':{'c':2}}],'a.b':{'c':1,'d':4}}",
      "{'a.b':{'c':1},'a':{'b':[{'c':2,'d':2},{'c':2,'c':2}]}}", "{'a.b':{'c':1},'a':{'b':{'d':2},'b':{'d':3}}}",
      "{'a':{'b':'text'},'a.b':{'c':1},'a.b.c':2}", "{'a':{'b':{'c':{'deeper':1}}},'a.b':[]}",
      "{'a':[{'b':1}],'a':[{'b':1}]}", "{'a':{'b':[1,{'c':2}]},'a.b.d':3}"}},
    {"the same text in other objects",
     {"{'process':{'pid':1,'z':1,'name':'a'},'x':1}", "{'user':{'id':1,'z':1,'name':'b'},'x':1}",
      "{'process':{'parent':{'pid':1,'z':1,'name':'a'}}}", "{'process':{'pid':1,'z':{'y':1},'name':'a'}}",
      "{'user':{'id':1,'z':{'y':1},'name':'b'}}", "{'f':{'id':1,'z':1,'name':'b'}}", "{'a':{'z':1,'b':{'z':1,'c':1}}}",
      "{'a':{'b':{'z':1,'z':1,'d':1}}}", "{'process':{'z':1,'z':1},'z':1,'z':1,'name':'a'}",
      "{'user':{'z':1,'z':1},'z':1,'z':1,'name':'a'}", "{'z':1,'z':1,'name':'a'}"}},
    {"envelopes",
     {"{'_index':'i','_id':'1','_source':{'x':1,'n':2},'sort':[1]}", "{'x':1,'n':2}",
      "{'_index':'j','_id':'2','_source':{'x':3,'n':4,'name':'a'},'sort':[2]}", "{'_source':{'x':1,'n':2}}",
      "{'_source':{'x':1,'n':2},'_id':'1','_index':'i'}", "{'x':7,'_source':{'x':1,'n':2},'_id':'1','x2':8}",
      "{'_source':{'x':1},'n':2,'x':5,'_id':'1'}", "{'n':2,'_source':{'x':1},'x':5,'_id':'1'}",
      "{'_source':{'process':{'pid':1}},'process':{'pid':{'a':1}},'_id':'1'}",
      "{'_source':{},'x':1,'_id':'1'}", "{'_source':'x','x':1,'_id':'1'}", "{'_source':[{'x':1}],'n':1}",
      "{'_source':{'_source':{'x':1},'_id':'3','n':2},'_id':'1'}", "{'_source':null,'n':1,'x':1}",
      "{'_id':'1','n':1,'x':1}", "{'_source':{'_index':'i','x':1}}", "{'_id':{'part':'a'},'_source':{'x':1}}",
      "{'_source':{'x':1},'_id':{'part':'a'}}", "{'_source':{'process':{'parent':{'name':'a'}}},'_id':'1'}"}},
    {"members beside an envelope",
     {"{'n':1,'y':1,'z':1,'x':3}", "{'_source':{'n':1},'y':1,'z':1,'x':2}", "{'y':1,'z':1,'x':3,'_source':{'n':1}}",
      "{'y':1,'z':1,'x':3,'_source':{'n':1},'y':1,'z':1,'name':'a'}", "{'_source':{'n':1,'y':1,'z':1,'x':2},'y':1,'z':1}",
      "{'_source':{'y':1,'z':1},'y':1,'z':1,'_id':'1'}", "{'y':1,'z':1,'_id':'1'}",
      "{'_source':{'n':1},'y':1,'z':1,'process':{'pid':2}}", "{'n':1,'y':1,'z':1,'process':{'pid':2}}",
      "{'_source':{'n':1},'y':1,'z':1,'_id':{'part':'a'}}", "{'n':1,'y':1,'z':1,'_id':{'part':'a'}}"}},
    {"envelopes that are none",
     {"{'_id':'1','_source':{'x':1},'n':2}", "{'_source':{'x':1},'_source':{'x':1}}",
      "{'_source':{'x':1},'_id':'1','_\\u0073ource':{'x':1}}", "{'_source':{'x':1,'x':2}}",
      "{'_id':'1','_source':{'_id':'2','x':1},'_id':'3'}", "{'_id':'1','_source':{'_id':'2','x':1},'n':3}",
      "{'_source':{'x':1},'x':2,'x':3}", "{'_source':{'n':1},'_source':1}", "{'_source':1,'_source':{'n':1}}",
      "{'_sourc\\u0065':{'x':1,'n':1},'_id':'1'}", "{'_source':{'process':{'pid':1}}},'x':1}"}},
    {"white space",
     {"{'x':1,'name':'a','process':{'pid':1}}", " {'x':1,'name':'a','process':{'pid':1}} ",
      "{ 'x' : 1 , 'name' : 'a' , 'process' : { 'pid' : 1 } }",
      "{'x':1 ,'name':'a' ,'process':{'pid':1 } }", "{'x':1,'name':'a'\t,'process':{'pid':1\n}}\r\n",
      "\n\t{'x':\n1,'name':\t'a','process':\r{'pid':1}}", "{'x':1,'name':'a ' ,'process' :{'pid':1}}",
      "{'x':1,'name':'a','process':{ 'pid':1}}", "{'process':{'pid':1 ,'name':'a' }\n,'x':{ }}",
      "{'_source' : { 'x' : 1 } , '_id' : '1' }", "{                                        'x':1}",
      "{'x':1                                                      ,'name':'a'}"}},
    {"another kind of value",
     {"{'name':'a','n':1,'yes':true,'x':'b'}", "{'name':1,'n':'1','yes':'true','x':1}",
      "{'name':null,'n':null,'yes':null,'x':null}", "{'name':true,'n':true,'yes':false,'x':true}",
      "{'name':['a'],'n':[1],'yes':[true],'x':['b',1]}", "{'name':{'a':1},'n':{'a':1},'yes':{'a':1},'x':{'a':1}}",
      "{'name':{},'n':{},'yes':{},'x':{}}", "{'name':[],'n':[],'yes':[],'x':[]}",
      "{'name':1.5e3,'n':1.5e3,'yes':1,'x':1.5}", "{'name':-1,'n':-1,'yes':-1,'x':-1}",
      "{'name':'a','n':12345678901234567890,'yes':true,'x':123456789012345678}",
      "{'name':'a','n':1234567890123456789,'yes':true,'x':12345678901234567890123}",
      "{'name':'a','n':01,'yes':true,'x':'b'}", "{'name':'a','n':1,'yes':tru,'x':'b'}",
      "{'name':'a','n':,'yes':true,'x':'b'}", "{'name':'a','n':1x,'yes':true,'x':'b'}",
      "{'name':'a','n':1,'yes':true,'x':nulL}", "{'name':'','n':0,'yes':'','x':''}"}},
    {"another kind of what nobody wants",
     {"{'i':'a','x':1,'j':{'x':1},'n':2}", "{'i':1,'x':1,'j':[1,{'x':2}],'n':2}",
      "{'i':null,'x':1,'j':{},'n':2}", "{'i':{'j':'}'},'x':1,'j':'{','n':2}", "{'i':[[]],'x':1,'j':1,'n':2}",
      "{'i':[1},'x':1,'j':1,'n':2}", "{'i':'a','x':1,'j':{'x':1]},'n':2}", "{'i':,'x':1,'j':1,'n':2}",
      "{'i':zz,'x':1,'j':nope,'n':2}", "{'i':}", "{'i':1 2,'x':1}", "{'i':'a'b,'x':1}"}},
    {"flattened",
     {"{'f':{'a':'1','x':'2','b':{'c':3}},'n':1}", "{'f':{'a':'1','b':{'c':3}},'n':1}", "{'f':'plain','n':1}",
      "{'f':{},'n':1}", "{'f':{'x':'2'},'f.x':'3','n':1}", "{'f.x':'3','f':{'x':'2'},'n':1}",
      "{'f':[{'x':1},{'y':[true,null]}],'n':1}", "{'f':{'x':{'y':1}},'n':1}", "{'f':{'x':1,'x':2},'n':1}",
      "{'f':{'a':zz},'n':1}", "{'f':null,'n':1}", "{'f':5,'n':1}"}},
    {"typed",
     {"{'ip':'10.0.0.1','when':'2024-01-01','n':5,'u':6,'d':1.5,'yes':true,'v':'1.2.3'}",
      "{'ip':'::1','when':1700000000000,'n':'7','u':'18446744073709551615','d':'1e3','yes':'false','v':1}",
      "{'ip':'nowhere','when':'soon','n':'x','u':-1,'d':'x','yes':'maybe','v':''}",
      "{'ip':['10.0.0.1','::2','x'],'when':['2024-01-01',1],'n':[1,'2'],'u':[1],'d':[1],'yes':[true],'v':['1']}",
      "{'ip':'10.0.0.\\u0031','when':'2024\\u002d01-01','n':5.7,'u':6.7,'d':1,'yes':'tru\\u0065','v':'\\t'}",
      "{'ip':'1\\q','when':'x\\ud800','n':'\\ud800','u':1e400,'d':1e400,'yes':'\\q','v':'1'}",
      "{'ip':'','when':'','n':'','u':'','d':'','yes':'','v':''}",
      "{'ip':null,'when':null,'n':null,'u':null,'d':null,'yes':null,'v':null,'nil':null}",
      "{'ip':1,'when':{},'n':{},'u':[],'d':{'a':1},'yes':{},'v':true,'nil':'x'}", "{'nil':null,'short':'abcd'}",
      "{'nil':'a','short':'abcde'}", "{'nil':[null,'b'],'short':'\\u0061bcd'}", "{'nil':5,'short':12345}"}},
    {"dots in keys",
     {"{'process.pid':1,'process.name':'a','x':1}", "{'process':{'pid':1,'name':'a'},'x':1}",
      "{'process.pid':1,'process':{'name':'a'},'x':1}", "{'process':{'name':'a'},'process.pid':1,'x':1}",
      "{'process.parent.pid':1,'process.parent':{'name':'a'},'process':{'parent':{'pid':2}}}",
      "{'process':{'parent.pid':1,'parent':{'pid':3}},'x':1}", "{'user':'a','user.name':'b'}",
      "{'user':{'name':'b'}}", "{'user':['a',{'name':'b'}]}", "{'user.name':'b','user':{'name':'c','id':1}}",
      "{'user':{'id':1}}", "{'a.b':1,'a.b.c':2}"}},
    {"escapes in keys",
     {"{'x':1,'process':{'pid':1}}", "{'\\u0078':1,'process':{'pid':1}}", "{'x':1,'pr\\u006fcess':{'pid':1}}",
      "{'x':1,'process':{'\\u0070id':1}}", "{'z\\\\y':1,'x':1}", "{'z\\u005cy':1,'x':1}", "{'\\q':1,'x':1}",
      "{'\\ud800':1,'x':1}", "{'process\\u002epid':1,'x':1}", "{'x\\'y':1,'x':1}", "{'\\\\':1,'x':1}",
      "{'a\\u002eb\\u002ec':1,'a':{'b':{'c':2}}}"}},
    {"long ways between values",
     {"{'a_key_that_nobody_wants_of_many_letters':1,'x':1,'another_key_of_more_than_32_letters':'a','n':2}",
      "{'a_key_that_nobody_wants_of_many_letters':1,'n':1,'another_key_of_more_than_32_letters':'a','x':2}",
      "{'a_key_that_nobody_wants_of_many_letterS':1,'x':1,'another_key_of_more_than_32_letters':'a','n':2}",
      "{'a_key_that_nobody_wants_of_many_letters' :1,'x':1,'another_key_of_more_than_32_lettert':'a','n':2}",
      "{'a_key_that_nobody_wants_and_that_has_so_many_letters_that_they_are_more_than_are_readable_behind_a_document_"
      "and_more_than_stand_in_a_link_together':1,'x':1}",
      "{'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':1}}}}}}}},'x':1}",
      "{'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':'a','l':1}}}}}}}},'x':1}",
      "{'k':{'l':0,'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':1}}}}}}}},'x':1}",
      "{'k':{'l':0,'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':1,'k':2}}}}}}}},'x':1}",
      "{'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':1}}}}}}},'x':1}", "{'k':{'k.k':{'k':{'k':1}}},'k.k':{'k':{'k':1}}}",
      "{'k':{'k':{'k':1}},'k.k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':5}}}}}}}}"}},
    {"arrays",
     {"{'process':[{'pid':1,'name':'a'},{'pid':2}],'x':1}", "{'process':{'pid':1,'name':'a'},'x':1}",
      "{'process':[],'x':1}", "{'process':[{'pid':1,'pid':1}],'x':1}", "{'process':[[{'pid':[1,[2]]}]],'x':[1]}",
      "{'process':{'args':['a','b'],'pid':1}}", "{'process':{'args':'a','pid':1}}",
      "{'process':{'args':['a' 'b'],'pid':1}}", "{'process':{'args':['a',],'pid':1}}",
      "{'process':{'args':['a','pid':1}}", "{'process':{'args':[{'a':1}],'pid':1}}"}},
    {"endings",
     {"{'x':1,'name':'a'}", "{'x':1,'name':'a'}}", "{'x':1,'name':'a'}{}", "{'x':1,'name':'a'} 1", "{'x':1,'name':'a'},",
      "{'x':1,'name':'a'", "{'x':1,'name':'a',}", "{'x':1,'name':'a','n':1}", "{'x':1,'process':{'pid':1}}",
      "{'x':1,'process':{'pid':1}", "{'x':1,'process':{'pid':1}}}", "{'x':1,'process':{'pid':1}]", "['x',1]", "'x'", "",
      "{'x':1,'process':{'parent':{'pid':1}}}", "{'x':1,'z':{}}", "{'x':1,'z':{}}]", "{'x':1,'name':'a\\'}"}},
};
enum { N_GROUPS = sizeof groups / sizeof *groups, N_DOCS = sizeof groups->docs / sizeof *groups->docs };

#endif
