/**
 * Common emoji by category. A line: an emoji, its English names, and after "|" its German ones. The first name is shown,
 * its first letter as a capital.
 */
const table = `
# Faces | Gesichter
😀 grinning smile | grinsen lachen
😄 happy smile | fröhlich freude
😁 beaming grin | strahlen grinsen
😆 laughing haha | lachen haha
😅 sweat_smile phew | schwitzen puh
😂 joy tears laughing lol | freudentränen lachen lol
🤣 rofl rolling | kugeln lachen
🙂 slight_smile | lächeln
🙃 upside_down | kopfüber verkehrt
😉 wink | zwinkern
😊 blush smile | erröten lächeln
😇 innocent angel | unschuldig engel
🥰 in_love hearts | verliebt herzen
😍 heart_eyes love | herzaugen verliebt
🤩 star_struck wow | begeistert sterne
😘 kiss | kuss küssen
😋 yum tasty | lecker
😛 tongue | zunge
😜 winking_tongue crazy | zunge verrückt
🤪 zany crazy | verrückt albern
🤭 giggle oops | kichern ups
🤫 shush quiet | psst leise
🤗 hug | umarmung umarmen
🤔 thinking hmm | nachdenken hmm
🤐 zipper_mouth secret | reißverschluss geheim
🤨 raised_eyebrow doubt | augenbraue zweifel
😐 neutral | neutral
😑 expressionless | ausdruckslos
😶 no_mouth silent | sprachlos stumm
😏 smirk | süffisant
😒 unamused | unbegeistert genervt
🙄 eye_roll | augenrollen
😬 grimace | grimasse
🫠 melting hot | schmelzen heiß
🫡 salute yes_sir | salutieren jawohl
😌 relieved | erleichtert
😔 pensive sad | bedrückt traurig
😴 sleeping | schlafen müde
🥱 yawn tired | gähnen müde
🤤 drooling yummy | sabbern lecker
😷 mask ill | maske krank
🤒 ill fever | krank fieber
🤕 bandage hurt | verband verletzt
🤢 nauseated sick | übel krank
🤮 vomit sick | erbrechen kotzen
🤧 sneeze | niesen schnupfen
🥵 hot sweating | heiß schwitzen
🥶 cold freezing | kalt frieren
🤯 mind_blown exploding | umgehauen explodieren
🤠 cowboy hat | cowboy hut
🥳 party celebrate | party feiern
😎 cool sunglasses | cool sonnenbrille
🤓 nerd | nerd streber
🧐 monocle inspect | monokel prüfen
😕 confused | verwirrt
🫤 diagonal_mouth meh | schiefer_Mund naja
🙁 frown sad | stirnrunzeln traurig
😮 open_mouth wow | staunen wow
😲 astonished wow | erstaunt
😳 flushed | errötet verlegen
🥺 pleading please | bittend bitte
🥹 holding_back_tears touched | gerührt tränen
😨 fearful scared | ängstlich furcht
😢 cry sad | weinen traurig
😭 sob crying | heulen weinen
😱 scream fear | schreien angst
😩 weary tired | erschöpft müde
😤 huff triumph | schnauben
😠 angry | wütend ärger
😡 rage angry | zornig wütend
🤬 cursing swearing | fluchen schimpfen
😈 devil | teufel
💀 skull dead | totenkopf tot
💩 poop | haufen kacke
🤡 clown | clown
👻 ghost | geist gespenst
👽 alien | außerirdisch alien
🤖 robot bot | roboter bot
😹 cat_joy | katze_Freudentränen
🙈 see_no_evil monkey | nichts_sehen affe
🙉 hear_no_evil monkey | nichts_hören affe
🙊 speak_no_evil monkey | nichts_sagen affe
# People | Menschen
👍 thumbs_up yes +1 good | daumen_hoch ja +1 gut
👎 thumbs_down no -1 bad | daumen_runter nein -1 schlecht
👏 clap applause | klatschen applaus
🙌 raised_hands hooray | hände_hoch hurra
🫶 heart_hands love | herz_Hände liebe
🙏 thanks please pray | danke bitte beten
🤝 handshake deal | handschlag abgemacht
👋 wave hello bye | winken hallo tschüss
🖐️ spread_hand five | gespreizte_Hand fünf
✋ hand stop | hand stopp
✌️ victory peace | sieg frieden
🤞 fingers_crossed luck | daumen_drücken glück
🤙 call_me | ruf_mich_an
👌 ok_hand perfect | okay perfekt
🤌 pinched_fingers | fingerspitzen
👊 fist_bump | faust faustcheck
✊ raised_fist solidarity | erhobene_Faust solidarität
💪 muscle strong | muskel stark
☝️ point_up | zeigefinger
👆 point_up_2 above | oben zeigen
👇 point_down | unten zeigen
👉 point_right | rechts zeigen
👈 point_left | links zeigen
🫵 point_at_you you | du zeigen
✍️ writing | schreiben
👀 eyes look | augen schauen
🧠 brain | gehirn
🧑 person | person
🤷 shrug | schulterzucken egal
🤦 facepalm | stirnklatschen
🙋 raising_hand me | melden ich
🙇 bow sorry | verbeugen entschuldigung
🧑‍💻 technologist coding | programmieren entwickler
🕵️ detective | detektiv
🧙 mage wizard | magier zauberer
🦸 superhero | superheld
🏃 running | rennen laufen
🚶 walking | gehen spazieren
💃 dancing | tanzen
👥 people group | leute gruppe
# Hearts and signs | Herzen und Zeichen
❤️ heart love | herz liebe
🧡 orange_heart | oranges_Herz
💛 yellow_heart | gelbes_Herz
💚 green_heart | grünes_Herz
💙 blue_heart | blaues_Herz
💜 purple_heart | lila_Herz
🖤 black_heart | schwarzes_Herz
🤍 white_heart | weißes_Herz
💔 broken_heart | gebrochenes_Herz
❤️‍🔥 heart_on_fire | brennendes_Herz
💕 two_hearts | zwei_Herzen
💯 hundred 100 | hundert 100
💥 boom collision | knall explosion
💫 dizzy | schwindelig
💦 sweat_drops splash | tropfen spritzer
💬 speech | sprechblase
💭 thought | gedanke gedankenblase
💤 zzz sleep | schnarchen schlaf
🔥 fire hot | feuer heiß
✨ sparkles new | funkeln neu
✅ check done | haken erledigt
☑️ checkbox | kästchen
❌ cross no | kreuz nein
➕ plus add | plus dazu
➖ minus | minus
➡️ right_arrow | pfeil_rechts
⬅️ left_arrow | pfeil_links
🔄 refresh reload | neu_laden aktualisieren
❓ question | frage
❗ exclamation | ausrufezeichen
⚠️ warning | warnung
🚫 forbidden | verboten
🛑 stop | stopp
♻️ recycle | recycling
🆗 ok | ok
🆕 new | neu
🆘 sos help | sos hilfe
ℹ️ information | info auskunft
🔴 red | rot
🟡 yellow | gelb
🟢 green | grün
🔵 blue | blau
🔔 bell | glocke klingel
🔕 no_bell mute | stumm keine_glocke
🏁 finish flag | ziel flagge
🚩 red_flag | rote_Flagge
🏳️‍🌈 rainbow_flag pride | regenbogenflagge pride
# Nature | Natur
🐶 dog | hund
🐱 cat | katze
🐭 mouse | maus
🐰 rabbit | hase kaninchen
🦊 fox | fuchs
🐻 bear | bär
🐼 panda | panda
🦁 lion | löwe
🐮 cow | kuh
🐷 pig | schwein
🐸 frog | frosch
🐵 monkey | affe
🐔 chicken | huhn
🐧 penguin linux | pinguin linux
🐦 bird | vogel
🦉 owl | eule
🐴 horse | pferd
🦄 unicorn | einhorn
🐝 bee | biene
🐛 bug | käfer fehler
🦋 butterfly | schmetterling
🐌 snail slow | schnecke langsam
🐞 ladybug | marienkäfer
🐢 turtle slow | schildkröte langsam
🐍 snake python | schlange python
🐙 octopus | krake
🦀 crab rust | krabbe krebs
🐟 fish | fisch
🐳 whale docker | wal docker
🦈 shark | hai
🐘 elephant | elefant
🦔 hedgehog | igel
🦖 dinosaur trex | dinosaurier trex
🌱 seedling plant | keimling pflanze
🎄 christmas_tree | weihnachtsbaum tannenbaum
🌳 tree | baum
🌴 palm holiday | palme urlaub
🍀 clover luck | kleeblatt glück
🍄 mushroom | pilz
💐 bouquet flowers | blumenstrauß blumen
🌹 rose | rose
🌸 blossom flower | blüte blume
🌍 world earth | welt erde
🌙 moon night | mond nacht
⭐ star | stern
🌟 glowing_star | leuchtstern
☀️ sun | sonne
🌤️ partly_sunny | heiter
☁️ cloud | wolke
🌧️ rain | regen
⛈️ thunderstorm | gewitter
⚡ lightning zap | blitz
❄️ snow cold | schnee kalt
⛄ snowman | schneemann
🌊 wave sea | welle meer
🌈 rainbow | regenbogen
☔ umbrella rain | regenschirm regen
# Food and drink | Essen und Trinken
🍎 apple | apfel
🍊 orange mandarin | orange mandarine
🍌 banana | banane
🍉 watermelon | wassermelone
🍓 strawberry | erdbeere
🍑 peach | pfirsich
🥑 avocado | avocado
🍞 bread | brot
🥐 croissant | croissant
🥨 pretzel | brezel
🧀 cheese | käse
🍳 cooking fried_egg | kochen spiegelei
🍔 burger | burger
🍟 fries | pommes
🍕 pizza | pizza
🌭 hot_dog | hotdog
🍝 spaghetti pasta | spaghetti nudeln
🍜 noodle_soup ramen | nudelsuppe ramen
🍣 sushi | sushi
🥗 salad | salat
🍿 popcorn | popcorn
🍰 cake | kuchen
🎂 birthday cake | geburtstag torte
🍩 donut | donut
🍪 cookie | keks
🍫 chocolate | schokolade
🍦 ice_cream | eis softeis
☕ coffee | kaffee
🍵 tea | tee
🍺 beer | bier
🍻 cheers beers | prost biere
🍷 wine | wein
🥂 toast cheers | anstoßen sekt
🍸 cocktail | cocktail
🍾 champagne celebrate | champagner feiern
# Activities | Freizeit
🎉 tada party celebrate | konfetti party feiern
🎊 confetti | konfettiball
🎁 gift present | geschenk
🎈 balloon | luftballon
🎃 halloween pumpkin | halloween kürbis
🏆 trophy win | pokal gewinn
🥇 first medal gold | erster medaille gold
🥈 second medal silver | zweiter medaille silber
🥉 third medal bronze | dritter medaille bronze
⚽ soccer football | fußball
🏀 basketball | basketball
🎾 tennis | tennis
🏓 ping_pong table_tennis | tischtennis
🎯 dart target bullseye | dart ziel treffer
🏊 swimming | schwimmen
🚴 cycling | radfahren
🎮 game controller | spiel controller
🎲 dice | würfel
🧩 puzzle | puzzle
♟️ chess | schach
🎨 art paint | kunst malen
🎬 film movie | film klappe
🎤 microphone sing | mikrofon singen
🎧 headphones listening | kopfhörer hören
🎵 music note | musik note
🎸 guitar | gitarre
# Travel | Reisen
🚀 rocket ship launch | rakete start
✈️ plane | flugzeug
🚗 car | auto
🚕 taxi | taxi
🚌 bus | bus
🚲 bike | fahrrad
🚆 train | zug
🚢 ship | schiff
⛵ sailboat | segelboot
🚦 traffic_light | ampel
🚧 construction wip | baustelle
🏠 house home | haus zuhause
🏥 hospital | krankenhaus
⛰️ mountain | berg
🏖️ beach holiday | strand urlaub
🛸 ufo | ufo
# Things | Dinge
💻 laptop computer | laptop computer
🖥️ desktop_computer | rechner pc
⌨️ keyboard | tastatur
📱 phone mobile | handy telefon
📞 call telephone | anruf hörer
🔋 battery | akku batterie
🔌 plug power | stecker strom
💾 floppy save | diskette speichern
📷 camera photo | kamera foto
📺 tv television | fernseher
💡 idea bulb | idee glühbirne
📧 email mail | e-mail mail
✉️ envelope letter | briefumschlag brief
📦 package | paket
📝 memo note | notiz
✏️ pencil | bleistift
📅 calendar date | kalender datum
📊 chart | diagramm
📈 chart_up | anstieg
📉 chart_down | abfall
📌 pin | pinnnadel
📎 paperclip | büroklammer
✂️ scissors cut | schere schneiden
📚 books | bücher
📖 book read | buch lesen
🔑 key | schlüssel
🔒 lock | schloss
🔓 unlocked | offen aufgeschlossen
🔧 wrench tool | werkzeug schlüssel
🔨 hammer | hammer
🛠️ tools build | werkzeuge bauen
⚙️ gear settings | zahnrad einstellungen
🔗 link | verknüpfung
🧪 test_tube experiment | reagenzglas experiment
💊 pill medicine | pille medizin
🔍 search magnifier | suche lupe
💰 money | geld
💶 euro | euro
💎 gem diamond | edelstein diamant
⏰ alarm clock | wecker
⏱️ stopwatch | stoppuhr
⏳ hourglass wait | sanduhr warten
🛒 shopping_cart | einkaufswagen
🧹 broom clean | besen putzen
🗑️ wastebasket trash | papierkorb müll
🎒 backpack | rucksack
👑 crown king | krone könig
🪄 magic_wand | zauberstab
`;

/**
 * Common emoji with their names, which have no spaces. Those of the other language find them, too.
 * @typedef {{ text: string, title: string, names: string[], group: string }} Emoji `title`: the first name as a label
 * @param {boolean} german
 * @returns {Emoji[]}
 */
export function emoji(german) {
  const ours = (/** @type {string} */ line) => {
    const [english, others] = line.split(" | ");
    return german ? [others, english] : [english, others];
  };
  let group = "";
  return table
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [text, ...rest] = line.split(" ");
      const [first, second] = ours(rest.join(" "));
      const title = first.charAt(0).toUpperCase() + first.split(" ")[0].slice(1).replaceAll("_", " ");
      const names = [...new Set(`${first} ${second}`.toLowerCase().split(" "))];
      if (text !== "#") return { text, title, names, group };
      group = first;
      return [];
    });
}
